//! Metrics of one thing, under consecutive ids: what may be measured, its names, and how it is counted, from one list.

/// Declares what is measured of one thing.
///
/// `$Metrics` is a handle that knows the first of its ids; `$Measure` has a variant for each metric, in the order of their ids.
///
/// ```
/// gatehouse_filter::metrics! {
///     /// What is measured of doors.
///     pub Doors: Door {
///         Opened: Counter "DoorOpened",
///         Stood: Histogram "DoorStoodOpen",
///     }
/// }
/// assert_eq!(Doors::COUNT, 2);
/// assert_eq!(Doors::name(Door::Stood as u32).0, "DoorStoodOpen");
/// ```
#[macro_export]
macro_rules! metrics {
    ($(#[$doc:meta])* pub $Metrics:ident: $Measure:ident { $($measure:ident: $kind:ident $name:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct $Metrics {
            first: u32,
        }

        /// One of them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum $Measure {
            $($measure,)+
        }

        #[allow(dead_code, reason = "not everything that counts also records")]
        impl $Metrics {
            const NAMES: &'static [(&'static str, $crate::MetricKind)] = &[$(($name, $crate::MetricKind::$kind),)+];

            /// How many ids they take.
            pub const COUNT: u32 = Self::NAMES.len() as u32;

            /// Those from this id on.
            #[must_use]
            pub const fn from(first: u32) -> Self {
                Self { first }
            }

            /// The name and kind of the one with this number, from 0 to the last.
            #[must_use]
            pub fn name(number: u32) -> (&'static str, $crate::MetricKind) {
                let index = usize::try_from(number).unwrap_or_default();
                Self::NAMES.get(index).or(Self::NAMES.first()).copied().unwrap_or(("", $crate::MetricKind::Counter))
            }

            pub(crate) fn count(self, measure: $Measure, host: &dyn $crate::Host) {
                host.count($crate::MetricId(self.first + measure as u32), 1);
            }

            pub(crate) fn record(self, measure: $Measure, value: u64, host: &dyn $crate::Host) {
                host.record($crate::MetricId(self.first + measure as u32), value);
            }
        }
    };
}
