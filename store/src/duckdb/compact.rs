//! Housekeeping. Replaced versions leave when their successor comes, so there is little to do: the list of applied
//! batches is cut to its end, and a checkpoint gives the space of removed rows back.

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
