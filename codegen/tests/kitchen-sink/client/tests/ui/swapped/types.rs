//! A member of one type does not take a value of another one's.

use cloudbackup_kitchen_sink_client::{Client, model::TapState};

fn call(client: Client) {
    let _ = client.update_tap().kind(TapState::Running);
}

fn main() {}
