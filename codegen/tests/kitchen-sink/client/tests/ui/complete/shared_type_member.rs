//! A call with and without a mandatory member of a type that replies hold as well: this file and its twin differ by one line.

use cloudbackup_kitchen_sink_client::model::Part;

fn part() -> Part {
    Part::builder()
        .name("handle")
        .made_at("2018-08-06T10:41:14Z")
        .build()
}

fn main() {
    let _ = part();
}
