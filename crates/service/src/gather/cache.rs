//! A cache that forgets: by time, and by weight where strangers choose the keys.
use jiff::Timestamp;
use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// A value with the time at which its source gave it.
#[derive(Clone, Debug)]
pub(super) struct Dated<V> {
    pub(super) value: V,
    pub(super) at: Timestamp,
}

#[derive(Debug)]
struct Entry<V> {
    dated: Dated<V>,
    until: Timestamp,
    weight: usize,
}

#[derive(Debug)]
pub(super) struct Cache<K, V> {
    entries: Mutex<HashMap<K, Entry<V>>>,
    capacity: usize,
}

impl<K: Eq + Hash + Clone, V: Clone> Cache<K, V> {
    /// `capacity`: the sum of weights that it holds.
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            entries: Mutex::default(),
            capacity,
        }
    }

    pub(super) fn get(&self, key: &K, now: Timestamp) -> Option<Dated<V>> {
        self.lock()
            .get(key)
            .filter(|entry| entry.until > now)
            .map(|entry| entry.dated.clone())
    }

    /// Keeps a value until `until`; what weighs more than the cache is not kept.
    pub(super) fn put(&self, key: K, value: V, weight: usize, now: Timestamp, until: Timestamp) {
        if weight > self.capacity || until <= now {
            return;
        }
        let mut entries = self.lock();
        entries.insert(
            key,
            Entry {
                dated: Dated { value, at: now },
                until,
                weight,
            },
        );
        if total(&entries) > self.capacity {
            entries.retain(|_, entry| entry.until > now);
        }
        while total(&entries) > self.capacity {
            let Some(soonest) = entries
                .iter()
                .min_by_key(|(_, e)| e.dated.at)
                .map(|(key, _)| key.clone())
            else {
                break;
            };
            entries.remove(&soonest);
        }
    }

    pub(super) fn forget(&self, key: &K) {
        self.lock().remove(key);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, Entry<V>>> {
        // Entries are whole or absent: a panic elsewhere leaves nothing half done here.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn total<K, V>(entries: &HashMap<K, Entry<V>>) -> usize {
    entries.values().map(|entry| entry.weight).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_value_is_given_until_its_time_and_not_after() {
        let cache = Cache::new(10);
        cache.put("k", 1, 1, at(0), at(60));
        assert_eq!(cache.get(&"k", at(59)).map(|d| (d.value, d.at)), Some((1, at(0))));
        assert!(cache.get(&"k", at(60)).is_none());
        cache.put("stale", 1, 1, at(60), at(60));
        assert!(cache.get(&"stale", at(59)).is_none());
    }

    #[test]
    fn the_oldest_go_when_it_is_full() {
        let cache = Cache::new(10);
        for second in 0..8 {
            cache.put(second, (), 3, at(second), at(1000));
        }
        let kept: Vec<_> = (0..8).filter(|k| cache.get(k, at(10)).is_some()).collect();
        assert_eq!(kept, [5, 6, 7]);
        cache.put(99, (), 11, at(9), at(1000));
        assert!(cache.get(&99, at(10)).is_none());
        assert!(cache.get(&7, at(10)).is_some());
    }
}
