//! A call with and without a mandatory member of a type inside the body: this file and its twin differ by one line.

use cloudbackup_kitchen_sink_client::{Client, model};

fn call(client: Client) {
    let _ = client
        .update_tap()
        .sink_id("s-1")
        .tap_id("t-1")
        .kind("MIXER")
        .on(true)
        .cleaning(
            model::Cleaning::builder()
                .days(["MON"])
                .build(),
        )
        .send();
}

fn main() {}
