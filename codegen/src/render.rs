//! Tokens to text: prettyplease, item by item, so that items stand apart as
//! rustfmt's users expect.

use proc_macro2::TokenStream;

/// A file: the generated mark, its `//!` line and its items.
pub fn file(mark: &str, doc: &str, items: &[TokenStream]) -> Result<String, syn::Error> {
    let mut parsed = Vec::with_capacity(items.len());
    for tokens in items {
        parsed.push(syn::parse2::<syn::Item>(tokens.clone())?);
    }
    // Imports first, by where they come from; the sort keeps the rest in order.
    parsed.sort_by_cached_key(|item| match Kind::of(item) {
        kind @ Kind::Use(root) if root != Root::Public => (kind, print(without_attributes(item))),
        _ => (Kind::Other, String::new()),
    });
    let mut out = format!("// {mark}\n\n//! {doc}\n");
    let mut previous = Kind::Start;
    for item in parsed {
        let kind = Kind::of(&item);
        if kind != previous || kind == Kind::Other {
            out.push('\n');
        }
        out.push_str(&spaced(&print(item)));
        previous = kind;
    }
    Ok(out)
}

/// An import stands where it would without its conditions.
fn without_attributes(item: &syn::Item) -> syn::Item {
    let mut item = item.clone();
    if let syn::Item::Use(import) = &mut item {
        import.attrs.clear();
    }
    item
}

fn print(item: syn::Item) -> String {
    prettyplease::unparse(&syn::File {
        shebang: None,
        frontmatter: None,
        attrs: Vec::new(),
        items: vec![item],
    })
}

/// Statements as the lines of a function body, without its indentation.
pub fn statements(tokens: &TokenStream) -> Option<String> {
    let function: syn::Item = syn::parse2(quote::quote!(async fn body() { #tokens })).ok()?;
    let text = print(function);
    let lines: Vec<&str> = text.lines().collect();
    let body = lines.get(1..lines.len().checked_sub(1)?)?;
    let dedent = |line: &&str| format!("{}\n", line.strip_prefix("    ").unwrap_or(line));
    Some(body.iter().map(dedent).collect())
}

/// Items of one kind stand together without an empty line.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Start,
    Use(Root),
    Module,
    Other,
}

/// Where a `use` comes from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Root {
    Std,
    Crates,
    Here,
    Public,
}

impl Kind {
    fn of(item: &syn::Item) -> Kind {
        match item {
            syn::Item::Mod(module) if module.attrs.is_empty() => Kind::Module,
            syn::Item::Use(item) => Kind::Use(root(item)),
            _ => Kind::Other,
        }
    }
}

fn root(item: &syn::ItemUse) -> Root {
    if !matches!(item.vis, syn::Visibility::Inherited) {
        return Root::Public;
    }
    let syn::UseTree::Path(path) = &item.tree else {
        return Root::Crates;
    };
    match path.ident.to_string().as_str() {
        "std" => Root::Std,
        "super" | "crate" | "self" => Root::Here,
        _ => Root::Crates,
    }
}

/// Puts an empty line between the parts of an `impl` or trait, which
/// prettyplease sets solid.
fn spaced(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut lines = text.lines().peekable();
    let body = text.starts_with("impl") || text.contains("\nimpl");
    while let Some(line) = lines.next() {
        out.push_str(line);
        out.push('\n');
        let next = lines.peek().copied().unwrap_or("}");
        let method_ends = line == "    }" && next != "}";
        let item_ends = line.ends_with(';') || line.starts_with("    fn ") && line.ends_with("{}");
        let method_begins = next.starts_with("    fn ") && item_ends;
        let types_end = line.starts_with("    type ") && next.starts_with("    const ");
        if body && (method_ends || method_begins || types_end) {
            out.push('\n');
        }
    }
    out
}
