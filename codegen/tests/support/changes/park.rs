//! Changes that try who is who: schemas renamed, moved, split, merged and
//! swapped, by one rule of identity after the other.

use super::Change;

/// A service with schemas in several places.
const PARK: &str = include_str!("../../specs/identity.yaml");

const fn kept(name: &'static str, edits: &'static [(&'static str, &'static str)]) -> Change {
    Change {
        name,
        base: PARK,
        refused: None,
        edits,
    }
}

const fn refused(
    name: &'static str,
    with: &'static str,
    edits: &'static [(&'static str, &'static str)],
) -> Change {
    Change {
        name,
        base: PARK,
        refused: Some(with),
        edits,
    }
}

/// By the rules of identity, in the order in which they are tried.
pub(super) const CHANGES: &[Change] = &[
    // By place.
    kept(
        "schema renamed and grown",
        &[
            ("schemas/Tree'", "schemas/Plant'"),
            ("    Tree:\n", "    Plant:\n"),
            (
                "        name: {type: string}\n        label:",
                "        name: {type: string}\n        age: {type: integer}\n        label:",
            ),
        ],
    ),
    kept(
        "two schemas swap names",
        &[
            ("schemas/Tree'", "schemas/Swapped'"),
            ("schemas/TreeDetail'", "schemas/Tree'"),
            ("schemas/Swapped'", "schemas/TreeDetail'"),
            ("    Tree:\n", "    Swapped:\n"),
            ("    TreeDetail:\n", "    Tree:\n"),
            ("    Swapped:\n", "    TreeDetail:\n"),
        ],
    ),
    kept(
        "enum renamed and grown",
        &[
            ("schemas/Kind'", "schemas/Species'"),
            ("    Kind:\n", "    Species:\n"),
            ("[oak, lime]", "[ash, oak, lime]"),
        ],
    ),
    kept(
        "inline object moved to a reference",
        &[(
            "        care:\n          type: object\n          required: [water]\n          properties:\n            \
                 water: {type: integer}\n            shade: {type: boolean}\n",
            "        care: {$ref: '#/components/schemas/Nursing'}\n    Nursing:\n      type: object\n      \
                 required: [water]\n      properties:\n        water: {type: integer}\n        shade: {type: boolean}\n",
        )],
    ),
    kept(
        "reference written inline",
        &[
            (
                "        spot: {$ref: '#/components/schemas/Spot'}\n",
                "        spot:\n          type: object\n          required: [x, y]\n          properties:\n            \
                 x: {type: integer}\n            y: {type: integer}\n",
            ),
            (
                "    Spot:\n      type: object\n      required: [x, y]\n      properties:\n        x: {type: integer}\n        \
                 y: {type: integer}\n",
                "",
            ),
        ],
    ),
    kept(
        "enum written inline at one of its places",
        &[(
            "          schema: {$ref: '#/components/schemas/Kind'}\n",
            "          schema: {type: string, enum: [oak, lime]}\n",
        )],
    ),
    // One schema in two places with two promised types, and two where one was promised.
    kept(
        "two equal schemas merged",
        &[
            ("schemas/Gardener'", "schemas/Person'"),
            ("schemas/Owner'", "schemas/Person'"),
            (
                "    Gardener:\n      type: object\n      properties:\n        name: {type: string}\n        \
                 phone: {type: string}\n",
                "",
            ),
            ("    Owner:\n", "    Person:\n"),
        ],
    ),
    kept(
        "two equal schemas merged under the name of one",
        &[
            ("schemas/Gardener'", "schemas/Owner'"),
            (
                "    Gardener:\n      type: object\n      properties:\n        name: {type: string}\n        \
                 phone: {type: string}\n",
                "",
            ),
        ],
    ),
    kept(
        "schema split and one half grows",
        &[
            (
                "        planted: {type: string}\n        label: {$ref: '#/components/schemas/Label'}\n",
                "        planted: {type: string}\n        label: {$ref: '#/components/schemas/Plaque'}\n",
            ),
            (
                "    Gardener:\n",
                "    Plaque:\n      type: object\n      properties:\n        text: {type: string}\n        \
                 colour: {type: string}\n        metal: {type: string}\n    Gardener:\n",
            ),
        ],
    ),
    refused(
        "schema split and the halves disagree",
        "E304: `Label` stands for two schemas that disagree about `text`",
        &[
            (
                "        planted: {type: string}\n        label: {$ref: '#/components/schemas/Label'}\n",
                "        planted: {type: string}\n        label: {$ref: '#/components/schemas/Plaque'}\n",
            ),
            (
                "    Gardener:\n",
                "    Plaque:\n      type: object\n      properties:\n        text: {type: integer}\n    Gardener:\n",
            ),
        ],
    ),
    // Types that contain themselves.
    kept(
        "recursive schema renamed and grown",
        &[
            ("schemas/Walk'", "schemas/Trail'"),
            (
                "    Walk:\n      type: object\n      required: [name]\n      properties:\n",
                "    Trail:\n      type: object\n      required: [name]\n      properties:\n        \
                 before: {$ref: '#/components/schemas/Trail'}\n",
            ),
        ],
    ),
    kept(
        "recursion closed by a new member",
        &[(
            "        seats: {type: integer}\n",
            "        beside: {$ref: '#/components/schemas/Walk'}\n        seats: {type: integer}\n",
        )],
    ),
    // Branches of a union, which have no place: by their members.
    kept(
        "branch renamed",
        &[
            ("schemas/Pond'", "schemas/Lake'"),
            ("    Pond:\n", "    Lake:\n"),
        ],
    ),
    kept(
        "all branches renamed and one grown",
        &[
            ("schemas/Pond'", "schemas/Lake'"),
            ("    Pond:\n", "    Lake:\n"),
            ("schemas/Statue'", "schemas/Sculpture'"),
            ("    Statue:\n", "    Sculpture:\n"),
            (
                "        artist: {type: string}\n",
                "        artist: {type: string}\n        bronze: {type: boolean}\n",
            ),
        ],
    ),
    kept(
        "branches swap names",
        &[
            ("    Pond:\n", "    Swapped:\n"),
            ("    Statue:\n", "    Pond:\n"),
            ("    Swapped:\n", "    Statue:\n"),
        ],
    ),
    kept(
        "branches reordered",
        &[(
            "        - $ref: '#/components/schemas/Pond'\n        - $ref: '#/components/schemas/Statue'\n",
            "        - $ref: '#/components/schemas/Statue'\n        - $ref: '#/components/schemas/Pond'\n",
        )],
    ),
    kept(
        "branch added and another dropped",
        &[
            ("        - $ref: '#/components/schemas/Pond'\n", ""),
            (
                "        - $ref: '#/components/schemas/Statue'\n",
                "        - $ref: '#/components/schemas/Statue'\n        - $ref: '#/components/schemas/Gate'\n",
            ),
            (
                "    Pond:\n      type: object\n      required: [depth, fish]\n      properties:\n        \
                 depth: {type: number}\n        fish: {type: boolean}\n",
                "    Gate:\n      type: object\n      required: [opens]\n      properties:\n        opens: {type: string}\n",
            ),
        ],
    ),
    refused(
        "name of a dropped branch given to a new one",
        "E304: the branch `Pond` of `Sight` was promised for another type",
        &[(
            "      required: [depth, fish]\n      properties:\n        depth: {type: number}\n        fish: {type: boolean}\n",
            "      required: [jets]\n      properties:\n        jets: {type: integer}\n",
        )],
    ),
    // By name, where the place is new as well.
    kept(
        "operation moved to another path",
        &[
            (
                "  /parks/{park}/trees/{tree}:\n    get:\n",
                "  /gardens/{park}/trees/{tree}:\n    get:\n",
            ),
            (
                "operationId: show_tree\n",
                "operationId: show_garden_tree\n",
            ),
            (
                "    delete:\n      operationId: delete_tree\n",
                "  /parks/{park}/trees/{tree}:\n    delete:\n      operationId: delete_tree\n",
            ),
        ],
    ),
    refused(
        "name taken by a schema with other members",
        "E304: the name `Bench` was promised to another type",
        &[
            (
                "        bench: {$ref: '#/components/schemas/Bench'}\n",
                "        bench: {$ref: '#/components/schemas/Seat'}\n",
            ),
            (
                "                  gardener:",
                "                  sales: {$ref: '#/components/schemas/Bench'}\n                  gardener:",
            ),
            (
                "    Bench:\n      type: object\n      properties:\n",
                "    Bench:\n      type: object\n      properties:\n        stall: {type: string}\n        goods: {type: string}\n    \
                 Seat:\n      type: object\n      properties:\n",
            ),
        ],
    ),
    refused(
        "operationId handed to a new operation",
        "E304: the name `show_tree` was promised to another operation",
        &[
            (
                "operationId: show_tree\n",
                "operationId: show_tree_detail\n",
            ),
            (
                "  /parks/{park}/walks:\n",
                "  /trees/{tree}:\n    get:\n      operationId: show_tree\n      parameters:\n        - name: tree\n          \
                 in: path\n          required: true\n          schema: {type: string}\n      responses:\n        '204':\n          \
                 description: It is there.\n  /parks/{park}/walks:\n",
            ),
        ],
    ),
    // A name given later.
    kept(
        "operation given another name",
        &[(
            "      operationId: create_tree\n",
            "      operationId: create_tree\n      x-rust-name: plant_tree\n",
        )],
    ),
    kept(
        "types given other names",
        &[
            (
                "    Spot:\n      type: object\n",
                "    Spot:\n      x-rust-name: Place\n      type: object\n",
            ),
            (
                "    Label:\n      type: object\n",
                "    Label:\n      x-rust-name: Plaque\n      type: object\n",
            ),
            (
                "    Kind:\n      type: string\n",
                "    Kind:\n      x-rust-name: Species\n      type: string\n",
            ),
            (
                "    Sight:\n      oneOf:\n",
                "    Sight:\n      x-rust-name: Spectacle\n      oneOf:\n",
            ),
            (
                "    Walk:\n      type: object\n",
                "    Walk:\n      x-rust-name: Trail\n      type: object\n",
            ),
        ],
    ),
    kept(
        "two schemas merged into one with a given name",
        &[
            ("schemas/Gardener'", "schemas/Owner'"),
            (
                "    Gardener:\n      type: object\n      properties:\n        name: {type: string}\n        \
                 phone: {type: string}\n",
                "",
            ),
            (
                "    Owner:\n      type: object\n",
                "    Owner:\n      x-rust-name: Gardener\n      type: object\n",
            ),
        ],
    ),
    refused(
        "two types given one name",
        "E304: `Person` would be the name of `Gardener` and of `Owner`",
        &[
            ("schemas/Gardener'", "schemas/Owner'"),
            (
                "    Gardener:\n      type: object\n      properties:\n        name: {type: string}\n        \
                 phone: {type: string}\n",
                "",
            ),
            (
                "    Owner:\n      type: object\n",
                "    Owner:\n      x-rust-name: Person\n      type: object\n",
            ),
        ],
    ),
    refused(
        "member given another name",
        "E303: `colour` was promised under the name `colour` and would be called `paint`",
        &[(
            "        colour: {type: string}\n",
            "        colour: {type: string, x-rust-name: paint}\n",
        )],
    ),
    refused(
        "value given another name",
        "E303: the variant `Oak` was promised and would be called `Quercus`",
        &[(
            "      enum: [oak, lime]\n",
            "      enum: [oak, lime]\n      x-rust-names: {oak: Quercus}\n",
        )],
    ),
    refused(
        "operation moved under its old name",
        "E304: the name `list_walks` was promised to another operation",
        &[("  /parks/{park}/walks:\n", "  /v2/parks/{park}/walks:\n")],
    ),
    kept(
        "operation moved under a new name",
        &[
            ("  /parks/{park}/walks:\n", "  /v2/parks/{park}/walks:\n"),
            (
                "      operationId: list_walks\n",
                "      operationId: list_walks\n      x-rust-name: list_all_walks\n",
            ),
        ],
    ),
    // What is neither a name nor a place.
    kept("tag changed", &[("tags: [trees]", "tags: [plants]")]),
    kept(
        "members reordered and made mandatory",
        &[
            (
                "        id: {type: string}\n        height: {type: number}\n        planted: {type: string}\n",
                "        planted: {type: string}\n        height: {type: number}\n        id: {type: string}\n",
            ),
            ("required: [x, y]", "required: [y]"),
            ("      required: [id]\n", "      required: [id, label]\n"),
        ],
    ),
    // What is dropped.
    kept(
        "operation dropped with its types",
        &[(
            "    get:\n      operationId: show_tree\n      tags: [trees]\n      parameters:\n        - name: park\n          \
             in: path\n          required: true\n          schema: {type: string}\n        - name: tree\n          in: path\n          \
             required: true\n          schema: {type: string}\n      responses:\n        '200':\n          \
             description: All about a tree.\n          content:\n            application/json:\n              schema:\n                \
             type: object\n                properties:\n                  tree: {$ref: '#/components/schemas/TreeDetail'}\n                  \
             owner: {$ref: '#/components/schemas/Owner'}\n",
            "",
        )],
    ),
    kept(
        "members and parameters dropped",
        &[
            ("        height: {type: number}\n", ""),
            ("        kind: {$ref: '#/components/schemas/Kind'}\n", ""),
            (
                "        - name: order\n          in: query\n          schema: {type: string}\n",
                "",
            ),
            (
                "        - name: reason\n          in: query\n          required: true\n          schema: {type: string}\n",
                "",
            ),
        ],
    ),
    refused(
        "member dropped that every reply was promised to hold",
        "E305: `id` of `Tree` was promised and is gone",
        &[(
            "    Tree:\n      type: object\n      required: [id]\n      properties:\n        id: {type: string}\n",
            "    Tree:\n      type: object\n      properties:\n",
        )],
    ),
];
