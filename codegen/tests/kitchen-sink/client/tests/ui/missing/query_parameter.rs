//! A call with and without a mandatory query parameter: this file and its twin differ by one line.

use cloudbackup_kitchen_sink_client::Client;

fn call(client: Client) {
    let _ = client
        .list_sinks()
        .ids(["a"])
        .send();
}

fn main() {}
