//! What a call gives beside its reply: pages, something to wait for, and what
//! was made although the reply is lost.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::super::{Emit, doc, docs, ident};
use crate::ir::{Find, OperationId, Paging, PagingStyle, Value, Wait};
use crate::settle::Root;

impl Emit<'_> {
    /// Methods of the builder; `asks` are the bounds of `send`.
    pub(super) fn flow_methods(&self, id: OperationId, asks: &TokenStream) -> Vec<TokenStream> {
        let operation = self.api.operation(id);
        let mut methods = Vec::new();
        if let Some(paging) = &operation.paging {
            methods.push(self.paging_methods(id, paging, asks));
        }
        if let Some(wait) = &operation.wait {
            methods.push(match wait.ask == id {
                true => self.watch_method(id, wait, asks),
                false => self.start_methods(id, wait, asks),
            });
        }
        if let Some(find) = &operation.find {
            methods.push(self.find_methods(id, find, asks));
        }
        methods
    }

    /// `use` lines for them.
    pub(super) fn flow_uses(&self, id: OperationId) -> Vec<TokenStream> {
        let operation = self.api.operation(id);
        let mut items = Vec::new();
        if operation.paging.is_some() {
            items.push(quote!(
                use cloudbackup_runtime::paging::{Items, Pages};
            ));
        }
        if let Some(wait) = &operation.wait {
            items.push(match wait.ask == id {
                true => quote!(
                    use cloudbackup_runtime::waiting::Waiter;
                ),
                false => quote!(
                    use cloudbackup_runtime::waiting::Started;
                ),
            });
        }
        if operation.find.is_some() {
            items.push(quote!(
                use cloudbackup_runtime::finding::Made;
            ));
        }
        items
    }

    /// Whether they say a type of the model by its path.
    pub(super) fn flow_says_model(&self, id: OperationId) -> bool {
        let find = self.api.operation(id).find.as_ref();
        let entry = find.and_then(|find| self.names.entry(self.api, find.list));
        entry.is_some_and(|entry| entry.named().is_some())
    }

    /// Sentences for the method of the client, one for each thing.
    pub(super) fn flow_docs(&self, id: OperationId) -> Vec<String> {
        let operation = self.api.operation(id);
        let base = &self.names.operations[id.0].base;
        let link = |method: &str| format!("[`{method}`](crate::{base}::{method})");
        let mut text = Vec::new();
        if let Some(paging) = &operation.paging {
            let (items, pages) = (link("items"), link("pages"));
            text.push(match paging.style {
                PagingStyle::Whole => format!("{items} gives the entries one by one."),
                _ => format!("{items} walks over the whole list, and {pages} over its pages."),
            });
        }
        if let Some(wait) = &operation.wait {
            text.push(match (wait.ask == id, wait.gone) {
                (true, _) => format!("{} asks until it is over.", link("wait")),
                (false, true) => format!(
                    "{} keeps what it takes to wait until it is gone.",
                    link("start")
                ),
                (false, false) => format!(
                    "The answer comes before the work is done: {} keeps what it takes to wait for \
                     the end.",
                    link("start")
                ),
            });
        }
        if operation.find.is_some() {
            text.push(format!(
                "{} looks for what was made when the reply is lost.",
                link("send_or_find")
            ));
        }
        text
    }

    fn paging_methods(&self, id: OperationId, paging: &Paging, asks: &TokenStream) -> TokenStream {
        let input = format_ident!("{}Input", self.names.operations[id.0].base);
        let seen = match (&paging.style, paging.id.is_empty()) {
            (PagingStyle::Whole, _) => String::new(),
            (_, false) => " What is in the list all the time is seen exactly once; what comes or \
                           goes during the walk may be seen or not."
                .to_owned(),
            (_, true) => " Nothing tells entries apart: when some come or go during the walk, \
                          others may be seen twice or missed."
                .to_owned(),
        };
        let pages = doc(&format!(
            "Walks over the pages of the list; each is a request, sent when it is asked for.\n\n\
             {}{seen}",
            self.page_sentence(id, paging)
        ));
        let items = doc(
            "Walks over the entries of the list, on the pages that [`pages`](Self::pages) gives.",
        );
        quote! {
            #pages
            pub fn pages(self) -> Pages<#input> #asks {
                self.call.pages(self.input)
            }

            #items
            pub fn items(self) -> Items<#input> #asks {
                self.call.items(self.input)
            }
        }
    }

    /// How large a page is.
    fn page_sentence(&self, id: OperationId, paging: &Paging) -> String {
        if paging.style == PagingStyle::Whole {
            return "There is one page: the reply holds the whole list.".to_owned();
        }
        let Some(size) = paging.size else {
            return "The service decides how many entries a page has.".to_owned();
        };
        let setter = &self.names.operations[id.0].inputs[size].rust;
        let setter = format!("[`{setter}`](Self::{setter})");
        match (paging.page_size, paging.default_page_size) {
            (Some(size), _) => {
                format!("Asks for {size} entries a page unless {setter} says otherwise.")
            }
            (None, Some(size)) => {
                format!("A page has {size} entries unless {setter} says otherwise.")
            }
            (None, None) => format!("{setter} says how many entries a page has."),
        }
    }

    fn watch_method(&self, id: OperationId, wait: &Wait, asks: &TokenStream) -> TokenStream {
        let input = format_ident!("{}Input", self.names.operations[id.0].base);
        let mut text = format!(
            "Sends the request again and again, {}, until {}.\n\nNothing is sent before this is \
             awaited.",
            pace(wait),
            self.end(wait)
        );
        if wait.with.len() < self.api.operation(id).inputs.len() {
            text.push_str(" Only what is mandatory is sent.");
        }
        let doc = doc(&text);
        quote! {
            #doc
            pub fn wait(self) -> Waiter<#input> #asks {
                self.call.wait(self.input)
            }
        }
    }

    fn start_methods(&self, id: OperationId, wait: &Wait, asks: &TokenStream) -> TokenStream {
        let input = format_ident!("{}Input", self.names.operations[id.0].base);
        let asked = &self.names.operations[wait.ask.0].method;
        let start = doc(&format!(
            "Sends the request, and keeps with its reply what it takes to wait for the end.\n\n\
             [`Started::wait`] asks [`{asked}`](crate::Client::{asked}), {}, until {}. A program \
             that ends before can store [`Started::handle`] and go on with it later.",
            pace(wait),
            self.end(wait)
        ));
        quote! {
            #start
            pub fn start(self) -> Sending<Started<#input>> #asks {
                self.call.start(self.input)
            }

            /// Like [`start`](Self::start), and blocks until the reply is there.
            ///
            /// # Errors
            ///
            /// As for [`send_blocking`](Self::send_blocking), and when the reply does not name what
            /// it has started.
            #[cfg(feature = "blocking")]
            pub fn start_blocking(self) -> Result<Started<#input>, Error> #asks {
                self.call.start_blocking(self.input)
            }
        }
    }

    /// When waiting is over: `` `job` is in the state `A`; `B` is an error ``.
    fn end(&self, wait: &Wait) -> String {
        let or = |values: &[String]| {
            let values: Vec<String> = values.iter().map(|value| docs::code(value)).collect();
            docs::joined(&values, "or")
        };
        let what = match &wait.at {
            Some(at) if !wait.matches.is_empty() => {
                format!("its entry of {}", docs::code(&at.wire))
            }
            Some(at) => docs::code(&at.wire),
            None => "it".to_owned(),
        };
        let mut text = match wait.gone {
            true => "it is not found any more".to_owned(),
            false => format!("{what} is in the state {}", or(&wait.done)),
        };
        if !wait.failed.is_empty() {
            text.push_str(&format!("; {} is an error", or(&wait.failed)));
        }
        text
    }

    fn find_methods(&self, id: OperationId, find: &Find, asks: &TokenStream) -> TokenStream {
        let output = format_ident!("{}Output", self.names.operations[id.0].base);
        let item = match self.names.entry(self.api, find.list) {
            Some(ty) => self.ty(&ty, &quote!(model::)),
            None => quote!(()),
        };
        let list = &self.names.operations[find.list.0].method;
        let known_by: Vec<String> = find
            .matches
            .iter()
            .filter_map(|(_, value)| match value {
                Value::Request(path) => Some(self.rust_way(Root::Inputs(id), path)),
                _ => None,
            })
            .collect();
        let send = doc(&format!(
            "Sends the request, and looks for what it has made when its reply is lost.\n\n\
             Then [`{list}`](crate::Client::{list}) is searched, several times within two minutes, \
             for the one entry of the same {} that was made since. The request is never sent \
             twice.",
            docs::joined(&known_by, "and")
        ));
        quote! {
            #send
            pub fn send_or_find(self) -> Sending<Made<#output, #item>> #asks {
                self.call.send_or_find(self.input)
            }

            /// Like [`send_or_find`](Self::send_or_find), and blocks until the reply is there or the
            /// search is over.
            ///
            /// # Errors
            ///
            /// As for [`send_blocking`](Self::send_blocking); that of the request where nothing was
            /// found.
            #[cfg(feature = "blocking")]
            pub fn send_or_find_blocking(self) -> Result<Made<#output, #item>, Error> #asks {
                self.call.send_or_find_blocking(self.input)
            }
        }
    }

    /// A way in words: `` `inspection.name` ``.
    fn rust_way(&self, root: Root, path: &crate::ir::Path) -> String {
        let way = self.names.way(self.api, root, path);
        let names: Vec<String> = way
            .iter()
            .map(|(_, names)| ident(&names.rust).to_string())
            .collect();
        docs::code(&names.join("."))
    }
}

/// `at first soon and then every 15 seconds, for a day at most`
fn pace(wait: &Wait) -> String {
    let (every, within) = (wait.every.unwrap_or(15), wait.within.unwrap_or(86_400));
    let every = match every {
        1 => "second".to_owned(),
        60 => "minute".to_owned(),
        3600 => "hour".to_owned(),
        86_400 => "day".to_owned(),
        seconds => duration(seconds),
    };
    format!(
        "at first soon and then every {every}, for {} at most",
        duration(within)
    )
}

/// `a day`, `15 seconds`
fn duration(seconds: u64) -> String {
    let units = [
        (86_400, "day"),
        (3600, "hour"),
        (60, "minute"),
        (1, "second"),
    ];
    let unit = units
        .into_iter()
        .find(|(size, _)| seconds.is_multiple_of(*size));
    let (size, name) = unit.unwrap_or((1, "second"));
    match (seconds / size, name) {
        (1, "hour") => "an hour".to_owned(),
        (1, name) => format!("a {name}"),
        (count, name) => format!("{count} {name}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::duration;

    #[test]
    fn durations_are_said_in_the_largest_unit() {
        for (seconds, said) in [
            (1, "a second"),
            (15, "15 seconds"),
            (60, "a minute"),
            (90, "90 seconds"),
            (3600, "an hour"),
            (7200, "2 hours"),
            (86_400, "a day"),
            (172_800, "2 days"),
            (90_000, "25 hours"),
        ] {
            assert_eq!(duration(seconds), said);
        }
    }
}
