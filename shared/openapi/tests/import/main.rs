//! Definitions as they are found in the wild: what they come to, and what is reported about them.

#[cfg(test)]
mod extensions;
#[cfg(test)]
mod http_apis;
#[cfg(test)]
mod integrations;
#[cfg(test)]
mod methods;
#[cfg(test)]
mod mutations;
#[cfg(test)]
mod references;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod security;
#[cfg(test)]
mod support;
#[cfg(test)]
mod templates;
