//! What programs have pointers to, by address: a pointer is looked up and never followed, so that one that is stale or wrong does no
//! harm.

use std::collections::BTreeMap;
use std::os::raw::c_void;
use std::sync::{Arc, PoisonError, RwLock};

pub struct Table<T>(RwLock<BTreeMap<usize, Arc<T>>>);

impl<T> Table<T> {
    pub const fn new() -> Table<T> {
        Table(RwLock::new(BTreeMap::new()))
    }

    /// Puts it in, if it is not: the pointer for the program.
    pub fn add(&self, object: &Arc<T>) -> *mut c_void {
        let address = Arc::as_ptr(object);
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(address as usize, Arc::clone(object));
        address.cast_mut().cast()
    }

    pub fn get<P>(&self, pointer: *const P) -> Option<Arc<T>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(&(pointer as usize)).cloned()
    }

    pub fn remove<P>(&self, pointer: *const P) -> Option<Arc<T>> {
        self.0.write().unwrap_or_else(PoisonError::into_inner).remove(&(pointer as usize))
    }

    pub fn all(&self) -> Vec<Arc<T>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }
}
