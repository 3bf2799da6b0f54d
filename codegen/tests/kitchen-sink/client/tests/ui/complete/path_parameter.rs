//! A call with and without a path parameter among several: this file and its twin differ by one line.

use cloudbackup_kitchen_sink_client::Client;

fn call(client: Client) {
    let _ = client
        .update_tap()
        .sink_id("s-1")
        .tap_id("t-1")
        .kind("MIXER")
        .on(true)
        .send();
}

fn main() {}
