//! Walks: every list with `x-paging` is read to its end from a server that cuts
//! it into pages by itself.
//!
//! ```text
//! #[tokio::test]
//! async fn list_backups_all_items() -> Result<(), Box<dyn Error>> {
//!     let entry = r#"{"id": "id-{n}"}"#;
//!     let reply = r#"{"backups": "{entries}", "total_count": 1050}"#;
//!     let service = lists::Service::start(entry, reply, |_, asked| {
//!         let size = lists::size(asked.query("limit"), 100)?;
//!         Some(lists::page(lists::skipped(asked.query("offset"))?, size))
//!     })?;
//!     …
//!     let items = client.list_backups().items().collect().await?;
//!     …
//!     assert_eq!(service.requests(), 11);
//! }
//! ```

mod count;
mod entries;
mod lists;

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use self::entries::{LINK, Sketch};
pub(super) use self::lists::items;
use super::super::sample::{self, Size};
use super::super::{Emit, ident};
use super::request::held_value;
use super::{literal, test_name};
use crate::ir::{Next, Operation, Paging, PagingStyle, Place};
use crate::settle::OperationNames;

/// Entries of a list: several pages of the largest size that any service has, and
/// no round number of them.
const COUNT: u64 = 1050;

/// What a page holds at most where no document says it.
const PAGE: u64 = 100;

impl Emit<'_> {
    /// The test of a list that is walked, unless the call or the reply has no sample.
    pub(super) fn walk_test(
        &self,
        operation: &Operation,
        names: &OperationNames,
    ) -> Option<TokenStream> {
        let paging = operation.paging.as_ref()?;
        let mut values = sample::request(self.api, operation, Size::Smallest)?;
        for input in paging.position.iter().chain(&paging.size) {
            values[*input] = None;
        }
        let call = self.call_expression(names, &values)?;
        let sketch = Sketch {
            api: self.api,
            paging,
        };
        let entry = literal::json(&sketch.entry()?);
        let reply = literal::json(&sketch.reply(operation)?);
        let cut = cut(operation, paging);
        let requests = count::check(paging);
        let test = test_name(names, "all", "items");
        let held = operation.held.iter().map(|held| {
            let (setter, value) = (ident(&held.value), held_value(held));
            quote!(.#setter(#value))
        });
        Some(quote! {
            #[tokio::test]
            async fn #test() -> Result<(), Box<dyn Error>> {
                let entry = #entry;
                let reply = #reply;
                let service = lists::Service::start(entry, reply, #cut)?;
                let client = Client::builder()
                    .endpoint(service.endpoint())
                    #(#held)*
                    .token("a token")
                    .build()?;
                let items = #call.items().collect().await?;
                let printed = serde_json::to_value(items)?;
                let difference = service.difference(&printed);
                assert_eq!(difference, None);
                #requests
                Ok(())
            }
        })
    }
}

/// How the server cuts its list, by what the spec says of requests and replies.
fn cut(operation: &Operation, paging: &Paging) -> TokenStream {
    let asked = |input: Option<usize>| {
        let input = operation.inputs.get(input?)?;
        let name = &input.field.wire;
        Some(match input.place {
            Place::Body | Place::WholeBody => quote!(asked.body(#name)),
            _ => quote!(asked.query(#name)),
        })
    };
    let position = asked(paging.position);
    let most = Literal::u64_unsuffixed(largest(paging));
    let size = match (asked(paging.size), paging.page_size) {
        (Some(size), Some(_)) => quote!(lists::size(#size, #most)?),
        // Nobody names a size, so the server takes its own.
        _ => quote!(#most),
    };
    let next = next(paging).map(|next| quote!(.then(#next)));
    let (list, from) = match &paging.style {
        PagingStyle::Whole => return quote!(|_, _| Some(lists::page(0, lists::COUNT))),
        PagingStyle::Offset | PagingStyle::LinkOffset(_) => {
            (quote!(_), quote!(lists::skipped(#position)?))
        }
        PagingStyle::Number { first } => {
            let first = Literal::u64_unsuffixed(*first);
            return quote!(|_, asked| {
                let size = #size;
                Some(lists::page(lists::before(#position, #first, size)?, size)#next)
            });
        }
        PagingStyle::LastId => {
            let id = paging.id.first().map(|id| id.wire.replace('.', "/"));
            let id = format!("/{}", id.unwrap_or_default());
            (quote!(list), quote!(list.behind(#position, #id)?))
        }
        PagingStyle::Marker | PagingStyle::LinkMarker(_) => {
            (quote!(_), quote!(lists::behind(#position)?))
        }
    };
    quote!(|#list, asked| {
        let size = #size;
        Some(lists::page(#from, size)#next)
    })
}

/// Entries of the largest page.
fn largest(paging: &Paging) -> u64 {
    let documented = paging.page_size.or(paging.default_page_size);
    documented.unwrap_or(PAGE)
}

/// What the reply says of the next page, as JSON with the place of its end.
fn next(paging: &Paging) -> Option<String> {
    let link = |name: &str, mark: &str| format!("{LINK}?{name}={mark}{{end}}");
    let said = match &paging.style {
        PagingStyle::Marker => "behind-{end}".to_owned(),
        PagingStyle::LinkMarker(name) => link(name, "behind-"),
        PagingStyle::LinkOffset(name) => link(name, ""),
        _ => return None,
    };
    let value = match paging.next.as_ref()? {
        Next::Text(_) => said.into(),
        Next::Links { rel, href, .. } => {
            let link = [(rel, "next".into()), (href, said.into())];
            serde_json::Value::Array(vec![entries::object(link)])
        }
    };
    Some(value.to_string())
}
