//! Values of one of several types: read by what they hold, sent as they are.

use cloudbackup_others_schemas_client::model::{
    Circle, Group, Shape, Size, Span, Square, Unit, UpdateDrawingOutput,
};

use crate::support::{answered, body, client, wrong};

async fn drawn(reply: &'static str) -> UpdateDrawingOutput {
    answered(reply).update_drawing().send().await.unwrap()
}

#[tokio::test]
async fn a_discriminator_tells_the_branch() {
    let reply = r#"{"shapes":[{"kind":"disc","radius":2},{"kind":"square","side":1},
        {"kind":"group","frame":{"kind":"circle"},"members":[{"kind":"square"}]},
        {"kind":"cone","radius":2},{"radius":2}]}"#;
    let shapes = drawn(reply).await.shapes.unwrap();
    assert!(matches!(&shapes[0], Shape::Circle(circle) if circle.radius == Some(2.0)));
    assert!(matches!(&shapes[1], Shape::Square(square) if square.side == Some(1.0)));
    let Shape::Group(group) = &shapes[2] else {
        panic!("{:?}", shapes[2]);
    };
    assert!(matches!(group.frame.as_deref(), Some(Shape::Circle(_))));
    assert!(matches!(
        &group.members.as_ref().unwrap()[0],
        Shape::Square(_)
    ));
    let Shape::Unknown(cone) = &shapes[3] else {
        panic!("{:?}", shapes[3]);
    };
    assert_eq!(cone.as_json()["kind"], "cone");
    assert!(matches!(&shapes[4], Shape::Unknown(_)));
}

#[test]
fn a_shape_must_be_what_it_says() {
    let circle = Circle::builder().kind("disc").radius(1.0).build();
    let square = Square::builder().side(1.0).build();
    let group = Group::builder().kind("set").build();
    let call = client().update_drawing();
    let request = call.clone().shapes([Shape::from(circle)]).build().unwrap();
    assert_eq!(
        body(&request),
        r#"{"shapes":[{"kind":"disc","radius":1.0}]}"#
    );
    let wrong = wrong(
        call.shapes([Shape::from(square), Shape::from(group)])
            .build(),
    );
    assert_eq!(
        wrong[..2],
        [
            "/body/shapes/0/kind: is required",
            "/body/shapes/1/kind: must be one of `group`, is \"set\"",
        ]
    );
}

#[tokio::test]
async fn without_a_discriminator_kinds_and_members_tell() {
    for (json, is_it) in [
        (
            "7",
            (|it| matches!(it, Size::Integer(7))) as fn(&Size) -> bool,
        ),
        (
            r#""XL""#,
            |it| matches!(it, Size::Text(text) if text == "XL"),
        ),
        (
            "[1, 2.5]",
            |it| matches!(it, Size::List(all) if all[1] == 2.5),
        ),
        (r#"{"from":1,"to":2}"#, |it| matches!(it, Size::Span(_))),
        ("true", |it| matches!(it, Size::Boolean(true))),
        (r#"{"unit":"inch","amount":2}"#, |it| {
            matches!(it, Size::OtherVariant2(_))
        }),
        (r#"{"from":1}"#, |it| matches!(it, Size::Unknown(_))),
        (r#"["wide"]"#, |it| matches!(it, Size::Unknown(_))),
        ("1.5", |it| matches!(it, Size::Unknown(_))),
    ] {
        let reply = format!(r#"{{"size":{json}}}"#);
        let size = drawn(reply.leak()).await.size.unwrap();
        assert!(is_it(&size), "{json}: {size:?}");
    }
    assert_eq!(drawn(r#"{"size":null}"#).await.size, None);
}

#[test]
fn limits_of_branches_hold() {
    let call = client().update_drawing();
    let request = call
        .clone()
        .size(Size::from(3))
        .unit(Unit::Inch)
        .build()
        .unwrap();
    assert_eq!(body(&request), r#"{"size":3,"unit":"inch"}"#);
    let span = Span::builder().from(1).to(2).build();
    let request = call.clone().size(span).build().unwrap();
    assert_eq!(body(&request), r#"{"size":{"from":1,"to":2}}"#);
    assert_eq!(
        wrong(call.clone().size(0).build()),
        ["/body/size: must be at least 1, is 0"]
    );
    assert_eq!(
        wrong(call.size(Size::from("XXXL".to_owned())).build()),
        ["/body/size: must be at most 3 characters long, is 4"]
    );
}
