//! Two ids cannot be given by position, where they could be swapped.

use cloudbackup_kitchen_sink_client::Client;

fn call(client: Client) {
    let _ = client.update_tap("s-1", "t-1");
}

fn main() {}
