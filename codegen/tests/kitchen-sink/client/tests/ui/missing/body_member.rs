//! A call with and without a mandatory member of the body: this file and its twin differ by one line.

use cloudbackup_kitchen_sink_client::Client;

fn call(client: Client) {
    let _ = client
        .update_tap()
        .sink_id("s-1")
        .tap_id("t-1")
        .kind("MIXER")
        .build();
}

fn main() {}
