//! A crate that uses every public item that an `.api` file promises, in the
//! styles in which people write calls.
//!
//! It is made from the promises alone, so that what it relies on is what the
//! generator has said that callers may rely on.

use std::fmt::Write as _;

use cloudbackup_codegen::name::Words;
use cloudbackup_codegen::outline::{
    Line, Made, MemberLine, OperationLine, Outline, StructLine, TypeText,
};
use indexmap::IndexMap;
use serde_json::{Map, Value, json};

/// Deeper than this, optional members of a sample are left out: types may
/// contain themselves.
const DEEPEST: usize = 3;

/// The text of `src/lib.rs`.
pub(crate) fn caller(outline: &Outline) -> String {
    Caller { outline }.text()
}

struct Caller<'a> {
    outline: &'a Outline,
}

/// The name of a member in Rust, as it is written.
fn ident(name: &str) -> String {
    match syn::parse_str::<proc_macro2::Ident>(name) {
        Ok(_) => name.to_owned(),
        Err(_) => format!("r#{name}"),
    }
}

/// The name of a member or an input.
fn rust(key: &str, line: &MemberLine) -> String {
    let wire = key.split_once(' ').map_or(key, |(_, wire)| wire);
    ident(line.rust.as_deref().unwrap_or(wire))
}

impl Caller<'_> {
    fn text(&self) -> String {
        let mut out = String::from(include_str!("caller-head.rs"));
        let (mut requests, mut replies) = (String::new(), String::new());
        for line in self.outline.operations.values() {
            let base = Words::split(&line.name).pascal();
            self.call(line, &base, &mut out);
            self.output(&line.reply, &base, &mut out);
            let _ = writeln!(requests, "    call_{}(client, &mut out);", line.name);
            let _ = writeln!(replies, "    reply_{}(&mut out);", line.name);
        }
        for (name, line) in &self.outline.structs {
            self.structure(name, line, &mut out);
            let _ = writeln!(
                replies,
                "    struct_{}(&mut out);",
                Words::split(name).snake()
            );
        }
        for (name, lines) in &self.outline.enums {
            enumeration(name, &lines.lines, &mut out);
            let _ = writeln!(
                replies,
                "    enum_{}(&mut out);",
                Words::split(name).snake()
            );
        }
        for (name, lines) in &self.outline.unions {
            self.union(name, &lines.lines, &mut out);
            let _ = writeln!(
                replies,
                "    union_{}(&mut out);",
                Words::split(name).snake()
            );
        }
        let _ = write!(
            out,
            "fn requests(client: &Client) -> String {{\n    \
             let mut out = String::new();\n{requests}    out\n}}\n\n\
             fn replies() -> String {{\n    \
             let mut out = String::new();\n{replies}    out\n}}\n"
        );
        out
    }

    /// A call with everything, with no more than it asks for, and step by step.
    fn call(&self, line: &OperationLine, base: &str, out: &mut String) {
        let name = ident(&line.name);
        let positional = line.inputs.iter().filter(|(_, line)| line.positional);
        let arguments: Vec<String> = positional
            .map(|(key, line)| self.value(&line.ty, key, 0))
            .collect();
        let start = format!("client.{name}({})", arguments.join(", "));
        let setter = |(key, line): (&String, &MemberLine)| {
            format!(".{}({})", rust(key, line), self.value(&line.ty, key, 0))
        };
        let setters = || line.inputs.iter().filter(|(_, line)| !line.positional);
        let all: String = setters().map(setter).collect();
        let asked = |line: &MemberLine| line.slot.is_some_and(|slot| slot.asked);
        let least: String = setters()
            .filter(|(_, line)| asked(line))
            .map(setter)
            .collect();
        let free: Vec<String> = setters()
            .filter(|(_, line)| line.slot.is_none())
            .map(setter)
            .collect();
        let slots: Vec<&str> = setters()
            .filter_map(|(_, line)| line.slot)
            .map(|_| "_")
            .collect();
        let generics = if slots.is_empty() {
            String::new()
        } else {
            format!("<{}>", slots.join(", "))
        };
        let _ = write!(
            out,
            "fn call_{0}(client: &Client, out: &mut String) {{\n    \
             show(out, {start}{all}.build());\n    show(out, {start}{least}.build());\n    \
             let mut call: {base}{generics} = {start}{least};\n",
            line.name
        );
        for (key, line) in setters() {
            for variant in self.variants(&line.ty).into_iter().skip(1) {
                let _ = writeln!(
                    out,
                    "    show(out, {start}{all}.{}({variant}).build());",
                    rust(key, line)
                );
            }
        }
        for (index, set) in free.iter().enumerate() {
            let _ = writeln!(
                out,
                "    if !out.is_empty() || {index} == 0 {{\n        call = call{set};\n    }}"
            );
        }
        let _ = write!(
            out,
            "    call = call\n        .with_timeout(Duration::from_secs(9))\n        \
             .with_retry(RetryConfig::none())\n        .with_project_id(\"p-2\")\n        \
             .with_validation(false);\n    \
             let request: Result<PreparedRequest<model::{base}Input>, Error> = call.clone().build();\n    \
             show(out, request);\n    drop(call);\n}}\n\n\
             /// Ways of sending.\npub async fn send_{0}(client: &Client) -> Result<model::{base}Output, Error> {{\n    \
             let sending: Sending<model::{base}Output> = {start}{all}.send();\n    sending.await?;\n    \
             let sending: SendingWithResponse<model::{base}Output> = {start}{all}.send_with_response();\n    \
             Ok(sending.await?.into_inner())\n}}\n\n\
             /// Inputs, as a server or a queue reads them.\n\
             pub fn input_{0}(input: model::{base}Input) {{\n",
            line.name
        );
        for (key, line) in &line.inputs {
            let _ = writeln!(
                out,
                "    let _: Option<{}> = input.{};",
                self.ty(line),
                rust(key, line)
            );
        }
        out.push_str("}\n\n");
    }

    /// Expressions for the values of an enum.
    fn variants(&self, ty: &TypeText) -> Vec<String> {
        let TypeText::Name(name) = ty else {
            return Vec::new();
        };
        let lines = self.outline.enums.get(name).into_iter();
        let variants = lines.flat_map(|lines| lines.lines.values());
        variants
            .map(|line| format!("model::{name}::{}", line.value))
            .collect()
    }

    /// A reply decoded, read member by member, and made as a mock makes it.
    fn output(&self, members: &IndexMap<String, MemberLine>, base: &str, out: &mut String) {
        let name = Words::split(base).snake();
        let sample = match members.get_index(0) {
            Some((key, line)) if key.is_empty() => self.json(&line.ty, key, 0),
            _ => self.object(members, 0),
        };
        let _ = write!(
            out,
            "fn reply_{name}(out: &mut String) {{\n    \
             let reply: model::{base}Output = decode({:?});\n",
            sample.to_string()
        );
        self.read("reply", members, Made::ForReplies, out);
        self.mock(&format!("{base}Output"), members, out);
        out.push_str("}\n\n");
    }

    /// What is known of a value that stands in another one.
    fn note_struct(&self, name: &str, line: &StructLine, out: &mut String) {
        let _ = writeln!(
            out,
            "impl Note for model::{name} {{\n    fn note(&self, out: &mut String, name: &str) {{"
        );
        for (key, line) in &line.fields {
            let name = rust(key, line);
            let _ = writeln!(
                out,
                "        self.{name}.note(out, &format!(\"{{name}}.{{}}\", {key:?}));"
            );
        }
        out.push_str("    }\n}\n\n");
    }

    fn structure(&self, name: &str, line: &StructLine, out: &mut String) {
        self.note_struct(name, line, out);
        let snake = Words::split(name).snake();
        let _ = writeln!(out, "fn struct_{snake}(out: &mut String) {{");
        match line.made {
            Made::ForReplies => {
                let sample = self.object(&line.fields, 0).to_string();
                let _ = writeln!(out, "    let value: model::{name} = decode({sample:?});");
                self.read("value", &line.fields, Made::ForReplies, out);
                self.mock(name, &line.fields, out);
            }
            Made::ForRequests => {
                let _ = writeln!(
                    out,
                    "    let value: model::{name} = {};",
                    self.made(name, 0)
                );
                self.read("value", &line.fields, Made::ForRequests, out);
                let _ = writeln!(
                    out,
                    "    let _: fn() -> model::{name}Builder = model::{name}::builder;"
                );
            }
        }
        out.push_str("}\n\n");
    }

    /// Every member, by its promised type.
    fn read(
        &self,
        value: &str,
        members: &IndexMap<String, MemberLine>,
        made: Made,
        out: &mut String,
    ) {
        for (key, line) in members {
            let name = rust(key, line);
            let ty = self.ty(line);
            let ty = match made == Made::ForRequests || line.optional {
                true => format!("Option<{ty}>"),
                false => ty,
            };
            let _ = writeln!(
                out,
                "    let member: &{ty} = &{value}.{name};\n    member.note(out, {key:?});"
            );
        }
    }

    fn mock(&self, name: &str, members: &IndexMap<String, MemberLine>, out: &mut String) {
        let setters: String = members
            .iter()
            .map(|(key, line)| format!(".{}({})", rust(key, line), self.value(&line.ty, key, 0)))
            .collect();
        let _ = writeln!(
            out,
            "    let builder: model::{name}Builder = model::{name}::builder();\n    \
             let made: Result<model::{name}, MissingMember> = builder{setters}.build();\n    \
             drop(made.expect(\"all members are set\"));"
        );
    }

    fn note_union(name: &str, branches: &IndexMap<String, Line<TypeText>>, out: &mut String) {
        let variants: String = branches
            .keys()
            .map(|variant| {
                format!("            model::{name}::{variant}(it) => it.note(out, name),\n")
            })
            .collect();
        let _ = write!(
            out,
            "impl Note for model::{name} {{\n    fn note(&self, out: &mut String, name: &str) {{\n        \
             match self {{\n{variants}            _ => out.push_str(\"other\\n\"),\n        }}\n    }}\n}}\n\n"
        );
    }

    fn union(&self, name: &str, branches: &IndexMap<String, Line<TypeText>>, out: &mut String) {
        Self::note_union(name, branches, out);
        let snake = Words::split(name).snake();
        let _ = writeln!(out, "fn union_{snake}(out: &mut String) {{");
        for (variant, line) in branches {
            let ty = &line.value;
            let sample = self.json(ty, variant, 0).to_string();
            let _ = write!(
                out,
                "    let value: model::{name} = decode({sample:?});\n    \
                 match &value {{\n        model::{name}::{variant}(inner) => {{\n            \
                 let _: &{} = inner;\n            inner.note(out, {variant:?});\n        }}\n        \
                 _ => out.push_str(\"other\\n\"),\n    }}\n",
                self.type_name(ty)
            );
        }
        out.push_str("}\n\n");
    }

    /// The type of a member without its `Option`.
    fn ty(&self, line: &MemberLine) -> String {
        let name = self.type_name(&line.ty);
        if line.boxed {
            format!("Box<{name}>")
        } else {
            name
        }
    }

    fn type_name(&self, ty: &TypeText) -> String {
        match ty {
            TypeText::Name(name) if self.is_model(name) => format!("model::{name}"),
            TypeText::Name(name) => name.clone(),
            TypeText::List(item) => format!("Vec<{}>", self.type_name(item)),
            TypeText::Map(item) => format!("BTreeMap<String, {}>", self.type_name(item)),
            TypeText::Nullable(item) => format!("Option<{}>", self.type_name(item)),
        }
    }

    fn is_model(&self, name: &str) -> bool {
        self.outline.structs.contains_key(name)
            || self.outline.enums.contains_key(name)
            || self.outline.unions.contains_key(name)
    }

    /// An expression for a value.
    fn value(&self, ty: &TypeText, key: &str, depth: usize) -> String {
        match ty {
            TypeText::List(item) => format!("[{}]", self.value(item, key, depth)),
            TypeText::Map(item) => {
                format!("[(\"key\".to_owned(), {})]", self.value(item, key, depth))
            }
            TypeText::Nullable(item) => format!("Some({}.into())", self.value(item, key, depth)),
            TypeText::Name(name) => match name.as_str() {
                "String" => format!("{:?}", text(key)),
                "Secret" => format!("{:?}", text(key)),
                "Timestamp" => format!("{TIME:?}"),
                "i64" => "7".to_owned(),
                "f64" => "1.5".to_owned(),
                "bool" => "true".to_owned(),
                "Json" => "Json::from(\"free\")".to_owned(),
                _ => self.made(name, depth),
            },
        }
    }

    /// An expression for a value of a type of the model.
    fn made(&self, name: &str, depth: usize) -> String {
        if let Some(lines) = self.outline.enums.get(name) {
            let variant = lines
                .lines
                .values()
                .next()
                .map_or("", |line| line.value.as_str());
            return format!("model::{name}::{variant}");
        }
        let Some(line) = self.outline.structs.get(name) else {
            let sample = self.json(&TypeText::Name(name.to_owned()), "", depth);
            return format!("decode::<model::{name}>({:?})", sample.to_string());
        };
        let wanted = |line: &MemberLine| depth < DEEPEST || line.slot.is_some() || !line.optional;
        let members = line.fields.iter().filter(|(_, line)| wanted(line));
        let setters: String = members
            .map(|(key, line)| {
                format!(
                    ".{}({})",
                    rust(key, line),
                    self.value(&line.ty, key, depth + 1)
                )
            })
            .collect();
        let end = match line.made {
            Made::ForRequests => "",
            Made::ForReplies => ".expect(\"all members are set\")",
        };
        format!("model::{name}::builder(){setters}.build(){end}")
    }

    fn object(&self, members: &IndexMap<String, MemberLine>, depth: usize) -> Value {
        let wanted = |line: &MemberLine| depth < DEEPEST || !line.optional;
        let members = members.iter().filter(|(_, line)| wanted(line));
        let members = members.map(|(key, line)| (key.clone(), self.json(&line.ty, key, depth)));
        Value::Object(members.collect::<Map<String, Value>>())
    }

    /// A value as a service sends it.
    fn json(&self, ty: &TypeText, key: &str, depth: usize) -> Value {
        match ty {
            TypeText::List(item) => json!([self.json(item, key, depth)]),
            TypeText::Map(item) => json!({ "key": self.json(item, key, depth) }),
            TypeText::Nullable(item) => self.json(item, key, depth),
            TypeText::Name(name) => match name.as_str() {
                "String" | "Secret" => json!(text(key)),
                "Timestamp" => json!(TIME),
                "i64" => json!(7),
                "f64" => json!(1.5),
                "bool" => json!(true),
                "Json" => json!("free"),
                _ => self.json_of_model(name, depth),
            },
        }
    }

    fn json_of_model(&self, name: &str, depth: usize) -> Value {
        if let Some(lines) = self.outline.enums.get(name) {
            return json!(lines.lines.keys().next());
        }
        if let Some(lines) = self.outline.unions.get(name) {
            let first = lines.lines.first();
            return first.map_or(Value::Null, |(key, line)| {
                self.json(&line.value, key, depth + 1)
            });
        }
        let line = self.outline.structs.get(name);
        line.map_or(Value::Null, |line| self.object(&line.fields, depth + 1))
    }
}

fn enumeration(name: &str, variants: &IndexMap<String, Line<String>>, out: &mut String) {
    let snake = Words::split(name).snake();
    let known = variants.keys().map(String::as_str);
    let texts: Vec<String> = known
        .chain(["a later one"])
        .map(|text| format!("{text:?}"))
        .collect();
    let _ = write!(
        out,
        "impl Note for model::{name} {{\n    fn note(&self, out: &mut String, name: &str) {{\n        \
         out.push_str(&format!(\"{{name}} {{self}}\\n\"));\n    }}\n}}\n\n"
    );
    let _ = write!(
        out,
        "fn enum_{snake}(out: &mut String) {{\n    \
         let _: &[&str] = model::{name}::VALUES;\n    \
         for text in [{}] {{\n        \
         let value = model::{name}::from(text);\n        \
         let same: model::{name} = model::{name}::from(value.to_string());\n        \
         assert_eq!(same, value);\n        \
         match &value {{\n",
        texts.join(", ")
    );
    for (wire, line) in variants {
        let variant = &line.value;
        let _ = writeln!(
            out,
            "            model::{name}::{variant} => assert_eq!(value.as_str(), {wire:?}),"
        );
    }
    let _ = write!(
        out,
        "            other => out.push_str(&format!(\"other {{other}}\\n\")),\n        }}\n        \
         let _: String = String::from(value);\n    }}\n}}\n\n"
    );
}

/// A text that shows where it went.
fn text(key: &str) -> String {
    let wire = key.split_once(' ').map_or(key, |(_, wire)| wire);
    format!("{wire}-1")
}

const TIME: &str = "2020-01-02T03:04:05Z";
