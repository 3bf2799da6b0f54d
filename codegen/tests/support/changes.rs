//! Changes of specs, one at a time, each with what it must mean for callers.

mod park;

/// A small service.
pub(crate) const SHELF: &str = include_str!("../specs/promises.yaml");

/// A change, made by replacing texts of a spec.
pub(crate) struct Change {
    pub(crate) name: &'static str,
    pub(crate) base: &'static str,
    /// What the generator says where it can't keep what the base promised.
    pub(crate) refused: Option<&'static str>,
    edits: &'static [(&'static str, &'static str)],
}

impl Change {
    /// Whether a client of the base lives on against a service of the revision.
    pub(crate) fn is_compatible(&self) -> bool {
        self.refused.is_none()
    }

    /// The spec after the change.
    pub(crate) fn revision(&self) -> String {
        let mut spec = self.base.to_owned();
        for (from, to) in self.edits {
            assert!(spec.contains(from), "{}: no `{from}` to edit", self.name);
            spec = spec.replace(from, to);
        }
        spec
    }
}

/// One for each rule that decides what a thing is and what it is called.
pub(crate) fn all() -> impl Iterator<Item = &'static Change> {
    CHANGES.iter().chain(park::CHANGES)
}

const CHANGES: &[Change] = &[
    Change {
        base: SHELF,
        refused: None,
        name: "request field required to optional",
        edits: &[("required: [name, size]", "required: [name]")],
    },
    Change {
        base: SHELF,
        refused: None,
        name: "reply field optional to required",
        edits: &[("required: [id, size]", "required: [id, size, note]")],
    },
    Change {
        base: SHELF,
        refused: None,
        name: "reply gains a required field",
        edits: &[(
            "required: [id, size]\n      properties:",
            "required: [id, size, extra]\n      properties:\n        extra: {type: string}",
        )],
    },
    Change {
        base: SHELF,
        refused: None,
        name: "schema renamed",
        edits: &[
            ("schemas/Label'", "schemas/Sticker'"),
            ("    Label:\n", "    Sticker:\n"),
            ("schemas/Item'", "schemas/Thing'"),
            ("    Item:\n", "    Thing:\n"),
            ("schemas/NewBox'", "schemas/BoxRequest'"),
            ("    NewBox:\n", "    BoxRequest:\n"),
            ("schemas/Stored'", "schemas/Kept'"),
            ("    Stored:\n", "    Kept:\n"),
        ],
    },
    Change {
        base: SHELF,
        refused: None,
        name: "inline schema moved to a reference",
        edits: &[
            (
                "        colour:\n          type: string\n          enum: [red, blue]\n          x-rust-name: Colour\n",
                "        colour:\n          $ref: '#/components/schemas/Paint'\n",
            ),
            (
                "    State:\n",
                "    Paint:\n      type: string\n      enum: [red, blue]\n    State:\n",
            ),
        ],
    },
    Change {
        base: SHELF,
        refused: None,
        name: "path parameter renamed",
        edits: &[
            ("/rooms/{room}/boxes:", "/rooms/{room_id}/boxes:"),
            (
                "/rooms/{room}/boxes/{box}:",
                "/rooms/{room_id}/boxes/{box_id}:",
            ),
            (
                "/rooms/{room}/boxes/{box}/lids/{lid}:",
                "/rooms/{room_id}/boxes/{box_id}/lids/{lid_id}:",
            ),
            (
                "with: {room: request.room, box: reply.id}",
                "with: {room_id: request.room_id, box_id: reply.id}",
            ),
            (
                "with: {room: request.room}",
                "with: {room_id: request.room_id}",
            ),
            ("- name: room\n", "- name: room_id\n"),
            ("- name: box\n", "- name: box_id\n"),
            ("- name: lid\n", "- name: lid_id\n"),
        ],
    },
    Change {
        base: SHELF,
        refused: None,
        name: "parameters reordered",
        edits: &[
            (
                "        - name: shelf\n          in: query\n          required: true\n          schema: {type: string}\n        - name: dry\n          in: query\n          schema: {type: boolean}\n",
                "        - name: dry\n          in: query\n          schema: {type: boolean}\n        - name: shelf\n          in: query\n          required: true\n          schema: {type: string}\n",
            ),
            (
                "        name: {type: string}\n        size: {type: integer, format: int32}\n",
                "        size: {type: integer, format: int32}\n        name: {type: string}\n",
            ),
        ],
    },
    Change {
        base: SHELF,
        refused: None,
        name: "reply type sent too",
        edits: &[(
            "  /rooms/{room}/boxes/{box}/lids/{lid}:\n",
            "  /items:\n    post:\n      operationId: create_item\n      requestBody:\n        required: true\n        content:\n          application/json:\n            schema:\n              type: object\n              required: [item]\n              properties:\n                item:\n                  $ref: '#/components/schemas/Item'\n      responses:\n        '204': {description: Done.}\n  /rooms/{room}/boxes/{box}/lids/{lid}:\n",
        )],
    },
    Change {
        base: SHELF,
        refused: None,
        name: "another way to walk and to wait",
        edits: &[
            ("        size: limit\n        page_size: 100\n", ""),
            (
                "        done: [open]\n",
                "        done: [open]\n        failed: [shut]\n        every: 5\n",
            ),
        ],
    },
    Change {
        base: SHELF,
        refused: None,
        name: "operationId renamed",
        edits: &[
            ("operationId: create_box", "operationId: make_box"),
            ("operationId: show_box", "operationId: show_one_box"),
            ("ask: show_box", "ask: show_one_box"),
            ("operationId: list_boxes", "operationId: list_all_boxes"),
            ("ask: list_boxes", "ask: list_all_boxes"),
            ("operationId: replace_lid", "operationId: swap_lid"),
        ],
    },
];
