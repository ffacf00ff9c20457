//! Housekeeping. Replaced versions leave when their successor comes, so there is little to do: the list of applied
//! batches is cut to its end, and a checkpoint gives the space of removed rows back.
//!
//! Moves of events to other visits stay beside the rows that they move: there is one for each event that came late, the
//! views join them, and folding them in would write rows of eight tables anew for nothing that anybody sees.

use super::DuckDb;
use crate::Error;

impl DuckDb {
    /// Tidies; what the views say does not change.
    pub(crate) fn compact(&self) -> Result<(), Error> {
        self.write(|writer| {
            let connection = &writer.connection;
            connection.execute_batch(
                "delete from applied where position < (select max(position) from applied); checkpoint",
            )?;
            Ok(())
        })
    }
}
