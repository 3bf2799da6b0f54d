//! The one positional argument takes no other beside it.

use cloudbackup_kitchen_sink_client::Client;

fn call(client: Client) {
    let _ = client.delete_sink("s-1", "too old");
}

fn main() {}
