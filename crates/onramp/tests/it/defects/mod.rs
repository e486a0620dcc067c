//! The reference's defects, each with a test that it is not repeated here. The numbers are those of the list
//! of its defects, section 1.
//!
//! Not here:
//!
//! | number | what | where |
//! | --- | --- | --- |
//! | A8, A9, A10 | secrets at rest, in logs, metrics and answers | `secrets.rs` |
//! | A10, A18, A48, A49 | events for others: what is in them, what an outage of the event store does | #5: nothing is published yet |
//! | A13 | the secure exchange knows no integrity and no freshness | kept for devices in the field; `SECURITY.md` |
//! | A31, A35 | death between two steps | `crash.rs` too |
//! | A41 | a keyset cursor beside `offset` | one snapshot is tested here; a cursor is not built |
//! | A43 | `If-Match` | a full replacement as in the reference; PATCH changes single fields |
//! | A45, A47 | events from a real Magistrala | #5; the embedded platform's are tested here |
//! | A52 | unknown devices kept for later | not promised, not built |
//! | A53 | certificates of the platform's services | #5: no such connection yet |
//! | A54 | telemetry, connections to database and policy store | there are none |
//! | A55, A56 | throughput over fleet size and concurrency | `bench/` |

mod device;
mod operator;
mod platform;
mod tenancy;
