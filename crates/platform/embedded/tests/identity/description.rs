//! The description of the API holds these routes too.

use crate::world::World;

#[tokio::test]
async fn the_routes_are_described() {
    let world = World::new().await;
    let document = world.get("", "/openapi.json").await;
    let json = document.json();
    for reference in document.text.split("\"$ref\": \"#").skip(1) {
        let pointer = reference.split('"').next().unwrap();
        assert!(json.pointer(pointer).is_some(), "{pointer}");
    }
    let mut count = 0;
    for (path, item) in json["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let tag = operation["tags"][0].as_str().unwrap_or_default();
            if ["users", "tokens", "domains"].contains(&tag) {
                assert!(operation["summary"].is_string(), "{method} {path} has no summary");
                assert!(operation["security"].is_array(), "{method} {path} says nothing about credentials");
                count += 1;
            }
        }
    }
    assert_eq!(count, 15 + 4 + 13 + 9 + 7);
}
