//! A call with and without a body that is a list as a whole: this file and its twin differ by one line.

use cloudbackup_kitchen_sink_client::{Client, model::Part};

fn call(client: Client, parts: Vec<Part>) {
    let _ = client
        .create_sinks()
        .entries(parts)
        .send_with_response();
}

fn main() {}
