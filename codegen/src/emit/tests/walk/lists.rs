//! The server of the walks, which knows nothing of how a client walks.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::COUNT;

/// The file, with the functions that are used.
pub(in super::super) fn items(tests: &[TokenStream]) -> Vec<TokenStream> {
    let text: String = tests.iter().map(|test| test.to_string()).collect();
    let uses = |name: &str| text.contains(name);
    let mut items = imports();
    items.extend(list(uses("list . behind")));
    items.extend(asked(uses("asked . query"), uses("asked . body")));
    items.extend(page(uses(". then")));
    items.extend(service());
    items.extend(places().into_iter().filter_map(|(name, item)| {
        let call = format!("lists :: {name} ");
        uses(&call).then_some(item)
    }));
    items
}

fn imports() -> Vec<TokenStream> {
    vec![
        quote!(
            use std::error::Error;
        ),
        quote!(
            use std::io::{self, BufRead, BufReader, Write};
        ),
        quote!(
            use std::net::{SocketAddr, TcpListener, TcpStream};
        ),
        quote!(
            use std::sync::Arc;
        ),
        quote!(
            use std::sync::atomic::{AtomicUsize, Ordering};
        ),
        quote!(
            use std::thread;
        ),
        quote!(
            use serde_json::Value;
        ),
    ]
}

fn list(has_ids: bool) -> Vec<TokenStream> {
    let count = Literal::u64_unsuffixed(COUNT);
    let behind = has_ids.then(|| {
        quote! {
            /// How many entries there are up to the one with this id, which must be there.
            pub(crate) fn behind(&self, marker: Option<String>, id: &str) -> Option<usize> {
                let Some(marker) = marker else {
                    return Some(0);
                };
                let is_it = |entry: &Value| {
                    entry.pointer(id).is_some_and(|id| id.as_str() == Some(&marker))
                };
                self.entries.iter().position(is_it).map(|place| place + 1)
            }
        }
    });
    vec![
        quote! {
            /// Entries of the list.
            pub(crate) const COUNT: usize = #count;
        },
        quote! {
            /// Which page a request asks for; none if it is refused.
            type Cut = fn(&List, &Asked) -> Option<Page>;
        },
        quote! {
            /// The list, and what was asked of it.
            pub(crate) struct List {
                entries: Vec<Value>,
                reply: String,
                cut: Cut,
                requests: AtomicUsize,
            }
        },
        quote! {
            impl List {
                #behind

                fn answer(&self, stream: TcpStream) -> io::Result<()> {
                    let mut reader = BufReader::new(stream);
                    let mut line = String::new();
                    if reader.read_line(&mut line)? == 0 {
                        return Ok(());
                    }
                    self.requests.fetch_add(1, Ordering::Relaxed);
                    let asked = Asked::read(&line, &mut reader)?;
                    let (status, reply) = match (self.cut)(self, &asked) {
                        Some(page) => ("200 OK", self.reply(&page)),
                        None => ("400 Bad Request", "{}".to_owned()),
                    };
                    let length = reply.len();
                    write!(
                        reader.into_inner(),
                        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\n\
                         content-length: {length}\r\nconnection: close\r\n\r\n{reply}"
                    )
                }

                fn reply(&self, page: &Page) -> String {
                    let entries = self.entries.iter().skip(page.from).take(page.size);
                    let entries: Vec<String> = entries.map(Value::to_string).collect();
                    let end = page.from.saturating_add(page.size);
                    let next = match end < COUNT {
                        true => page.next.replace("{end}", &end.to_string()),
                        false => "null".to_owned(),
                    };
                    let reply = self.reply.replace("\"{next}\"", &next);
                    reply.replace("\"{entries}\"", &format!("[{}]", entries.join(",")))
                }
            }
        },
    ]
}

fn asked(query: bool, body: bool) -> Vec<TokenStream> {
    let get_query = query.then(|| {
        quote! {
            /// A parameter of the query.
            pub(crate) fn query(&self, name: &str) -> Option<String> {
                let mut pairs = self.query.split('&').filter_map(|pair| pair.split_once('='));
                pairs.find(|(known, _)| *known == name).map(|(_, value)| value.to_owned())
            }
        }
    });
    let get_body = body.then(|| {
        quote! {
            /// A member of the body.
            pub(crate) fn body(&self, name: &str) -> Option<String> {
                let body: Value = serde_json::from_slice(&self.body).ok()?;
                match body.get(name)? {
                    Value::String(text) => Some(text.clone()),
                    other => Some(other.to_string()),
                }
            }
        }
    });
    let query_field = query.then(|| quote!(query: String,));
    let body_field = body.then(|| quote!(body: Vec<u8>,));
    let query_read = query.then(|| {
        quote! {
            let target = line.split(' ').nth(1).unwrap_or_default();
            let query = target.split_once('?').map_or("", |(_, query)| query).to_owned();
        }
    });
    let (line, fields) = match query {
        true => (quote!(line), quote!(query,)),
        false => (quote!(_), quote!()),
    };
    let body_kept = body.then(|| quote!(body,));
    vec![
        quote! {
            /// A request, as far as it says which page it wants.
            pub(crate) struct Asked { #query_field #body_field }
        },
        quote! {
            impl Asked {
                fn read(#line: &str, reader: &mut impl BufRead) -> io::Result<Self> {
                    let mut length = 0;
                    loop {
                        let mut header = String::new();
                        reader.read_line(&mut header)?;
                        let Some((name, value)) = header.split_once(':') else {
                            break;
                        };
                        if name.eq_ignore_ascii_case("content-length") {
                            length = value.trim().parse().unwrap_or(0);
                        }
                    }
                    let mut body = vec![0; length];
                    reader.read_exact(&mut body)?;
                    #query_read
                    Ok(Self { #fields #body_kept })
                }

                #get_query

                #get_body
            }
        },
    ]
}

fn page(leads_on: bool) -> Vec<TokenStream> {
    let then = leads_on.then(|| {
        quote! {
            impl Page {
                /// What the reply says of the next page: JSON, with the end of this page in it.
                pub(crate) fn then(self, next: &'static str) -> Self {
                    Self { next, ..self }
                }
            }
        }
    });
    let items = [
        Some(quote! {
            /// A piece of the list.
            pub(crate) struct Page {
                from: usize,
                size: usize,
                next: &'static str,
            }
        }),
        then,
    ];
    items.into_iter().flatten().collect()
}

fn service() -> Vec<TokenStream> {
    vec![
        quote! {
            /// The server; it ends with the program.
            pub(crate) struct Service {
                list: Arc<List>,
                address: SocketAddr,
            }
        },
        quote! {
            impl Service {
                /// A list of entries like this one, each with another number, in replies like this one.
                pub(crate) fn start(
                    entry: &str,
                    reply: &str,
                    cut: Cut,
                ) -> Result<Self, Box<dyn Error>> {
                    let entries = (0..COUNT).map(|place| {
                        let number = (1000 + place).to_string();
                        let entry = entry.replace("\"{n}\"", &number).replace("{n}", &number);
                        serde_json::from_str(&entry)
                    });
                    let list = Arc::new(List {
                        entries: entries.collect::<Result<_, _>>()?,
                        reply: reply.to_owned(),
                        cut,
                        requests: AtomicUsize::new(0),
                    });
                    let listener = TcpListener::bind("127.0.0.1:0")?;
                    let address = listener.local_addr()?;
                    let served = Arc::clone(&list);
                    thread::spawn(move || {
                        for stream in listener.incoming().flatten() {
                            let list = Arc::clone(&served);
                            // A client that hangs up fails its own test.
                            thread::spawn(move || list.answer(stream).ok());
                        }
                    });
                    Ok(Self { list, address })
                }

                /// Where it listens.
                pub(crate) fn endpoint(&self) -> String {
                    format!("http://{}", self.address)
                }

                /// How many requests came.
                pub(crate) fn requests(&self) -> usize {
                    self.list.requests.load(Ordering::Relaxed)
                }

                /// Where items are not the entries, each once and in order.
                pub(crate) fn difference(&self, items: &Value) -> Option<String> {
                    let items = items.as_array().map(Vec::as_slice).unwrap_or_default();
                    let entries = &self.list.entries;
                    let mut pairs = items.iter().zip(entries);
                    if let Some(place) = pairs.position(|(item, entry)| item != entry) {
                        return Some(format!("{} instead of {}", items[place], entries[place]));
                    }
                    (items.len() != entries.len()).then(|| format!("{} items", items.len()))
                }
            }
        },
    ]
}

/// Where a page begins, in each way of saying it.
fn places() -> Vec<(&'static str, TokenStream)> {
    vec![
        (
            "page",
            quote! {
                /// So many entries from this one on.
                pub(crate) fn page(from: usize, size: usize) -> Page {
                    Page { from, size, next: "null" }
                }
            },
        ),
        (
            "size",
            quote! {
                /// Entries of a page: ten if nobody says more, and never more than these.
                pub(crate) fn size(asked: Option<String>, most: usize) -> Option<usize> {
                    match asked {
                        None => Some(most.min(10)),
                        Some(size) => size.parse().ok().filter(|size| (1..=most).contains(size)),
                    }
                }
            },
        ),
        (
            "skipped",
            quote! {
                /// Entries that are left out.
                pub(crate) fn skipped(asked: Option<String>) -> Option<usize> {
                    asked.map_or(Some(0), |count| count.parse().ok())
                }
            },
        ),
        (
            "before",
            quote! {
                /// Entries of the pages before one, by its number.
                pub(crate) fn before(
                    asked: Option<String>,
                    first: usize,
                    size: usize,
                ) -> Option<usize> {
                    let number = asked.map_or(Some(first), |number| number.parse().ok())?;
                    Some(number.checked_sub(first)? * size)
                }
            },
        ),
        (
            "behind",
            quote! {
                /// Entries before the place that a marker of the server's own means.
                pub(crate) fn behind(asked: Option<String>) -> Option<usize> {
                    match asked {
                        None => Some(0),
                        Some(marker) => marker.strip_prefix("behind-")?.parse().ok(),
                    }
                }
            },
        ),
    ]
}
