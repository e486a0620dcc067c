//! The answer under the names of earlier generations, for devices in the field that ask the older routes.

use onramp_protocol::{Answer, AnswerChannel};
use serde::Serialize;

/// Today's answer, and its parts once more under older names.
#[derive(Serialize)]
pub(super) struct LegacyAnswer<'a> {
    #[serde(flatten)]
    answer: &'a Answer,
    thing_id: &'a str,
    thing_key: &'a str,
    mainflux_id: &'a str,
    mainflux_key: &'a str,
    mainflux_channels: &'a [AnswerChannel],
}

impl<'a> LegacyAnswer<'a> {
    pub(super) fn new(answer: &'a Answer) -> Self {
        LegacyAnswer {
            answer,
            thing_id: &answer.client_id,
            thing_key: &answer.client_secret,
            mainflux_id: &answer.client_id,
            mainflux_key: &answer.client_secret,
            mainflux_channels: &answer.channels,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_names_are_added_to_the_new_ones() {
        let today = "{\"client_id\":\"c\",\"client_secret\":\"s\",\
                     \"channels\":[{\"id\":\"1\",\"metadata\":{\"b\":1.50}}],\"content\":\"x\"";
        let answer: Answer = serde_json::from_str(&format!("{today}}}")).unwrap();
        assert_eq!(
            serde_json::to_string(&LegacyAnswer::new(&answer)).unwrap(),
            format!(
                "{today},\"thing_id\":\"c\",\"thing_key\":\"s\",\"mainflux_id\":\"c\",\"mainflux_key\":\"s\",\
                 \"mainflux_channels\":[{{\"id\":\"1\",\"metadata\":{{\"b\":1.50}}}}]}}"
            )
        );
    }
}
