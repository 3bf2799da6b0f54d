//! Limits of numbers, booleans and maps are checked before anything is sent.

use crate::support::{body, client, wrong};

#[test]
fn values_within_limits_are_sent() {
    let call = client().update_drawing().layers(4).scale(9.5).ratio(0.5);
    let request = call.agreed(true).colors([("a", "red")]).build().unwrap();
    assert_eq!(
        body(&request),
        r#"{"layers":4,"scale":9.5,"ratio":0.5,"agreed":true,"colors":{"a":"red"}}"#
    );
}

#[test]
fn values_beyond_limits_are_not() {
    let call = client().update_drawing().layers(3).ratio(1.0).agreed(false);
    let colors: [(&str, &str); 0] = [];
    assert_eq!(
        wrong(call.colors(colors).build()),
        [
            "/body/layers: must be 1 or 2 or 4, is 3",
            "/body/ratio: must be 0.5 or 2, is 1",
            "/body/agreed: must be true, is false",
            "/body/colors: must hold 1 to 2 items, holds 0",
        ]
    );
    for (scale, message) in [
        (0.0, "must be more than 0, is 0"),
        (10.0, "must be less than 10, is 10"),
        (0.7, "must be a multiple of 0.5, is 0.7"),
    ] {
        let wrong = wrong(client().update_drawing().scale(scale).build());
        assert_eq!(wrong, [format!("/body/scale: {message}")]);
    }
}
