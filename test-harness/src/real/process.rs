//! An Envoy process: started, asked where it listens, stopped.

use std::fs::{self, File};
use std::io::{BufReader, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{OnceLock, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::wire;

/// Where Envoy is: `$ENVOY`, else the one that was installed for this workspace, else the one on the `PATH`.
///
/// # Errors
/// Nowhere.
pub fn find_envoy() -> Result<PathBuf, String> {
    let named = std::env::var_os("ENVOY").map(PathBuf::from);
    let local = crate::setup::root().join(".tools/envoy/envoy");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).map(|folder| folder.join("envoy"));
    match named {
        Some(path) if path.is_file() => Ok(path),
        Some(path) => Err(format!("ENVOY={} is not there", path.display())),
        None => std::iter::once(local).chain(on_path).find(|path| path.is_file()).ok_or_else(|| {
            "no Envoy: `make envoy` installs one, ENVOY names one, GATEHOUSE_SKIP_ENVOY=1 does without".to_owned()
        }),
    }
}

/// A running Envoy.
pub(super) struct Envoy {
    child: Child,
    folder: PathBuf,
    admin: String,
    pub(super) port: u16,
}

impl Envoy {
    /// Starts Envoy in a folder of its own, which is removed with it.
    ///
    /// # Errors
    /// Its log, if it stops again.
    pub(super) fn start(folder: &Path, bootstrap: &str, workers: usize) -> Result<Self, String> {
        let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
        let config = folder.join(if bootstrap.starts_with('{') { "envoy.json" } else { "envoy.yaml" });
        fs::write(&config, bootstrap).map_err(failed)?;
        let log = File::create(folder.join("log")).map_err(failed)?;
        let mut command = Command::new(find_envoy()?);
        command
            .arg("--config-path")
            .arg(config)
            .arg("--admin-address-path")
            .arg(folder.join("admin"))
            .args(["--disable-hot-restart", "--file-flush-interval-msec", "10"])
            .args(["--log-level", "warning", "--component-log-level", "wasm:info"])
            .args(["--concurrency", &workers.max(1).to_string()])
            .stdin(Stdio::null())
            .stdout(log.try_clone().map_err(failed)?)
            .stderr(log);
        let child = spawn(command).map_err(failed)?;
        let mut envoy = Self { child, folder: folder.to_owned(), admin: String::new(), port: 0 };
        envoy.wait_until_ready()?;
        Ok(envoy)
    }

    fn wait_until_ready(&mut self) -> Result<(), String> {
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(30) {
            if self.child.try_wait().is_ok_and(|ended| ended.is_some()) {
                return Err(self.log());
            }
            self.admin = fs::read_to_string(self.folder.join("admin")).unwrap_or_default().trim().to_owned();
            if self.get("/ready").is_some_and(|body| body.trim() == "LIVE")
                && let Some(port) = self.listener_port()
            {
                self.port = port;
                return Ok(());
            }
            thread::sleep(Duration::from_millis(20));
        }
        Err(format!("Envoy is not ready after 30 s:\n{}", self.log()))
    }

    fn listener_port(&self) -> Option<u16> {
        let listeners: Value = serde_json::from_str(&self.get("/listeners?format=json")?).ok()?;
        let port = listeners.pointer("/listener_statuses/0/local_address/socket_address/port_value")?;
        u16::try_from(port.as_u64()?).ok()
    }

    /// Asks the administration interface.
    pub(super) fn get(&self, path: &str) -> Option<String> {
        let mut connection = TcpStream::connect(&self.admin).ok()?;
        connection.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
        write!(connection, "GET {path} HTTP/1.1\r\nhost: admin\r\nconnection: close\r\n\r\n").ok()?;
        let mut reader = BufReader::new(connection);
        let head = wire::head(&mut reader).ok()??;
        let (body, _) = wire::body(&mut reader, &head.headers, true).ok()?;
        String::from_utf8(body).ok()
    }

    /// Everything that Envoy and the plugin have logged.
    pub(super) fn log(&self) -> String {
        let bytes = fs::read(self.folder.join("log")).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Drop for Envoy {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Some builds of Envoy die with the thread that started them: so it is one that stays.
fn spawn(command: Command) -> std::io::Result<Child> {
    type Order = (Command, mpsc::Sender<std::io::Result<Child>>);
    static SPAWNER: OnceLock<mpsc::Sender<Order>> = OnceLock::new();
    let spawner = SPAWNER.get_or_init(|| {
        let (sender, orders) = mpsc::channel::<Order>();
        thread::spawn(move || {
            for (mut command, reply) in orders {
                drop(reply.send(command.spawn()));
            }
        });
        sender
    });
    let (reply, spawned) = mpsc::channel();
    spawner.send((command, reply)).map_err(std::io::Error::other)?;
    spawned.recv().map_err(std::io::Error::other)?
}
