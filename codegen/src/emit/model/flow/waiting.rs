//! `impl Waits`, and `Starts` or `Watches`:
//!
//! ```text
//! impl Waits for CreateBackupInput {
//!     type Probe = ShowJobInput;
//!     type Observed = Job;
//!     type Done = Job;
//!
//!     const WAITING: Waiting = ShowJobInput::WAITING;
//!
//!     fn probe(subject: &Subject) -> ShowJobInput {
//!         ShowJobInput { id: subject.get("job_id").map(str::to_owned) }
//!     }
//!     …
//! }
//!
//! impl Starts for CreateBackupInput {
//!     fn subject(&self, reply: &CreateBackupOutput) -> Result<Subject, MissingValue> {
//!         Subject::new().with("job_id", reply.job_id.as_deref())
//!     }
//! }
//! ```
//!
//! What the asked operation says of itself is taken from there.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::super::super::Emit;
use crate::ir::{OperationId, Path, TypeRef, Value, Wait};
use crate::settle::Root;

impl Emit<'_> {
    pub(super) fn waits(&self, id: OperationId, wait: &Wait) -> Vec<TokenStream> {
        let input = self.input_type(id);
        let probe = match wait.ask == id {
            true => quote!(Self),
            false => {
                let probe = self.input_type(wait.ask);
                quote!(#probe)
            }
        };
        let observed = self.observed_type(wait);
        let done = match wait.gone {
            true => quote!(()),
            false => observed.clone(),
        };
        let waiting = self.waiting_value(id, wait);
        let ask = self.probe(id, wait, &probe);
        let can_tell = self.can_tell(wait);
        let observe = self.observe(id, wait, &observed);
        let told = self.told(id, wait, &observed);
        let end = match wait.gone {
            true => quote! {
                fn done(_: Option<#observed>) -> Option<()> { Some(()) }
            },
            false => quote! {
                fn done(last: Option<#observed>) -> Option<#observed> { last }
            },
        };
        vec![
            quote! {
                impl Waits for #input {
                    type Probe = #probe;
                    type Observed = #observed;
                    type Done = #done;

                    const WAITING: Waiting = #waiting;

                    #ask
                    #can_tell
                    #observe
                    #told
                    #end
                }
            },
            self.subject(id, wait),
        ]
    }

    /// The type of what is watched.
    pub(in crate::emit) fn observed_type(&self, wait: &Wait) -> TokenStream {
        match self.names.watched(self.api, wait) {
            Some(ty) => self.ty(&ty, &quote!()),
            None => {
                let output = self.output_type(wait.ask);
                quote!(#output)
            }
        }
    }

    /// What the asked operation says of itself, where it is another one.
    fn shared(&self, id: OperationId, wait: &Wait) -> Option<&Wait> {
        let other = self.api.operation(wait.ask).wait.as_ref();
        other.filter(|other| wait.ask != id && other.ask == wait.ask)
    }

    fn waiting_value(&self, id: OperationId, wait: &Wait) -> TokenStream {
        let same = |other: &&Wait| {
            let said = |wait: &Wait| {
                let lists = (wait.done.clone(), wait.failed.clone(), wait.unknown.clone());
                (lists, wait.gone, wait.every, wait.within, wait.grace)
            };
            said(other) == said(wait)
        };
        if self.shared(id, wait).filter(same).is_some() {
            let probe = self.input_type(wait.ask);
            return quote!(#probe::WAITING);
        }
        let done = &wait.done;
        let begin = match wait.gone {
            true => quote!(Waiting::until_gone()),
            false => quote!(Waiting::until(&[#(#done),*])),
        };
        let failed = &wait.failed;
        let failed = (!failed.is_empty()).then(|| quote!(.failed(&[#(#failed),*])));
        let unknown = &wait.unknown;
        let unknown = (!unknown.is_empty()).then(|| quote!(.unknown(&[#(#unknown),*])));
        let seconds = [
            (wait.every, quote!(every_secs)),
            (wait.within, quote!(within_secs)),
            (wait.grace, quote!(grace_secs)),
        ];
        let seconds = seconds.into_iter().filter_map(|(value, name)| {
            let value = Literal::u64_unsuffixed(value?);
            Some(quote!(.#name(#value)))
        });
        quote!(#begin #failed #unknown #(#seconds)*)
    }

    fn probe(&self, id: OperationId, wait: &Wait, probe: &TokenStream) -> TokenStream {
        let value = |value: &Value, ty: &TypeRef| match value {
            Value::Literal(text) => self.literal(text, ty),
            Value::Started => {
                let made = self.converter(ty);
                quote!(subject.get("started").map(#made))
            }
            kept => {
                let (key, made) = (self.key(id, wait, kept), self.converter(ty));
                quote!(subject.get(#key).map(#made))
            }
        };
        let filled = self.filled(wait.ask, probe, &wait.with, &value);
        let literal = |(_, value): &(usize, Value)| matches!(value, Value::Literal(_));
        let subject = match wait.with.iter().all(literal) {
            true => quote!(_),
            false => quote!(subject),
        };
        quote! {
            fn probe(#subject: &Subject) -> #probe { #filled }
        }
    }

    /// The name under which a handle keeps a value.
    fn key(&self, id: OperationId, wait: &Wait, value: &Value) -> String {
        let kept = wait.kept().into_iter();
        let mut keys = kept.zip(&self.names.operations[id.0].kept);
        let found = keys.find(|(kept, _)| *kept == value);
        found.map_or_else(String::new, |(_, key)| key.clone())
    }

    /// A deletion must not be taken for done because a reply lacks all.
    fn can_tell(&self, wait: &Wait) -> Option<TokenStream> {
        let at = wait.at.as_ref().filter(|_| wait.gone)?;
        let present = self.present(&quote!(answer), Root::Reply(wait.ask), at)?;
        let output = self.output_type(wait.ask);
        Some(quote! {
            fn can_tell(answer: &#output) -> bool { #present }
        })
    }

    fn observe(&self, id: OperationId, wait: &Wait, observed: &TokenStream) -> TokenStream {
        let output = self.output_type(wait.ask);
        let (base, root) = (quote!(answer), Root::Reply(wait.ask));
        let same = |other: &&Wait| {
            other.at == wait.at && other.matches.is_empty() && wait.matches.is_empty()
        };
        let mut subject = quote!(_);
        let found = match &wait.at {
            None => quote!(Some(answer)),
            Some(_) if self.shared(id, wait).filter(same).is_some() => {
                let probe = self.input_type(wait.ask);
                subject = quote!(subject);
                quote!(#probe::observe(subject, answer))
            }
            Some(at) if wait.matches.is_empty() => self.taken(&base, root, at),
            Some(at) => {
                let entries = self.entries(&base, root, at);
                let matches: Vec<TokenStream> = wait
                    .matches
                    .iter()
                    .map(|(member, value)| self.is_entry(id, wait, member, value))
                    .collect();
                let literal = |(_, value): &(Path, Value)| matches!(value, Value::Literal(_));
                if !wait.matches.iter().all(literal) {
                    subject = quote!(subject);
                }
                quote!(#entries.find(|entry| #(#matches)&&*))
            }
        };
        quote! {
            fn observe(#subject: &Subject, answer: #output) -> Option<#observed> { #found }
        }
    }

    /// What a member and its value say of `entry`.
    fn is_entry(&self, id: OperationId, wait: &Wait, member: &Path, value: &Value) -> TokenStream {
        let Some(root) = self.seen(wait) else {
            return quote!(false);
        };
        let text = self.text(&quote!(entry), root, member);
        match value {
            Value::Literal(literal) => quote!(#text == Some(#literal)),
            kept => {
                let key = self.key(id, wait, kept);
                quote!(subject.is(#key, #text))
            }
        }
    }

    /// Where the members of what is watched begin.
    fn seen(&self, wait: &Wait) -> Option<Root> {
        match self.names.watched(self.api, wait) {
            Some(ty) => ty.named().map(Root::Type),
            None => Some(Root::Reply(wait.ask)),
        }
    }

    /// `state`, `reason` and `progress`.
    fn told(&self, id: OperationId, wait: &Wait, observed: &TokenStream) -> TokenStream {
        let shared = self.shared(id, wait).filter(|other| other.at == wait.at);
        let said = [
            ("state", &wait.state, shared.map(|other| &other.state)),
            ("reason", &wait.reason, shared.map(|other| &other.reason)),
            (
                "progress",
                &wait.progress,
                shared.map(|other| &other.progress),
            ),
        ];
        let functions = said.into_iter().filter_map(|(name, path, other)| {
            let name = super::super::super::ident(name);
            let value = match path {
                Some(path) if other == Some(&Some(path.clone())) => {
                    let probe = self.input_type(wait.ask);
                    quote!(#probe::#name(observed))
                }
                Some(path) => self.cow(&quote!(observed), self.seen(wait)?, path),
                None if name == "state" => {
                    return Some(quote! {
                        fn state(_: &#observed) -> Option<Cow<'_, str>> { None }
                    });
                }
                None => return None,
            };
            Some(quote! {
                fn #name(observed: &#observed) -> Option<Cow<'_, str>> { #value }
            })
        });
        let functions: Vec<TokenStream> = functions.collect();
        quote!(#(#functions)*)
    }

    /// `impl Starts` or `impl Watches`.
    fn subject(&self, id: OperationId, wait: &Wait) -> TokenStream {
        let (input, output) = (self.input_type(id), self.output_type(id));
        let keys = &self.names.operations[id.0].kept;
        let kept = wait.kept();
        let mut values = quote!(Subject::new());
        let mut replied = false;
        for (index, (value, key)) in kept.iter().zip(keys).enumerate() {
            let text = match value {
                Value::Reply(path) => {
                    replied = true;
                    self.text(&quote!(reply), Root::Reply(id), path)
                }
                Value::Request(path) => self.text(&quote!(self), Root::Inputs(id), path),
                Value::Literal(_) | Value::Started => continue,
            };
            let on = (index + 1 < kept.len()).then(|| quote!(?));
            values = quote!(#values.with(#key, #text) #on);
        }
        if kept.is_empty() {
            values = quote!(Ok(#values));
        }
        if wait.ask == id {
            return quote! {
                impl Watches for #input {
                    fn subject(&self) -> Result<Subject, MissingValue> { #values }
                }
            };
        }
        let reply = match replied {
            true => quote!(reply),
            false => quote!(_),
        };
        quote! {
            impl Starts for #input {
                fn subject(&self, #reply: &#output) -> Result<Subject, MissingValue> { #values }
            }
        }
    }
}
