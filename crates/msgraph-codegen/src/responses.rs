//! Of an operation's responses the generator gets the one that says what a success returns. All
//! others stay in the fragment: they reach the caller as they arrived, with status, headers and body.

use serde_json::{Value, json};

use crate::Error;
use crate::checks::{json_alone, resolved};
use crate::document::{join, members, operations};

pub(crate) fn keep_the_one_with_a_body(document: &mut Value) -> Result<(), Error> {
    for operation in operations(document) {
        let pointer = join(&operation, "responses");
        let kept = success(document, &pointer)?;
        if let Some(responses) = document.pointer_mut(&pointer) {
            *responses = kept;
        }
    }
    Ok(())
}

fn success(document: &Value, pointer: &str) -> Result<Value, Error> {
    let successes: Vec<_> = members(document, pointer)
        .filter(|(_, status, _)| status.starts_with('2'))
        .map(|(pointer, status, response)| (pointer, status, resolved(document, response)))
        .collect();
    let with_body = successes.iter().filter(|(.., response)| response.get("content").is_some());
    let (status, mut response) = match with_body.collect::<Vec<_>>().as_slice() {
        [(pointer, status, response)] => {
            json_alone(response, pointer)?;
            (*status, (*response).clone())
        }
        [] => match successes.first() {
            Some((_, status, response)) => (*status, (*response).clone()),
            None => return Err(Error::new(pointer, "an operation must have a success")),
        },
        [_, (pointer, ..), ..] => return Err(Error::new(pointer, "only one success of an operation can have a body")),
    };
    if let Some(response) = response.as_object_mut() {
        response.remove("headers");
    }
    Ok(json!({ status: response }))
}
