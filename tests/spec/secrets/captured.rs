use std::{
    fs,
    path::{Path, PathBuf},
};

use sea_orm::{ConnectionTrait, Statement};
use tempfile::TempDir;

use crate::harness::{Database, Process};

/// All that came out of a server, a file each, in a folder that is searched as a whole. Whatever else
/// comes out (traces that were exported, reports, receipts) is put beside it.
pub struct Captured(TempDir);

impl Captured {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn folder(&self) -> &Path {
        self.0.path()
    }

    /// `name` may have folders in it.
    pub fn put(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.folder().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// Every file below a folder, which need not be there.
    pub fn put_folder(&self, name: &str, folder: &Path) {
        for path in fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path()) {
            let name = format!("{name}/{}", path.file_name().unwrap().to_str().unwrap());
            if path.is_dir() {
                self.put_folder(&name, &path);
            } else {
                self.put(&name, fs::read(&path).unwrap());
            }
        }
    }

    /// What anybody on the machine, or this user, may read of a process.
    pub fn put_process(&self, process: &Process) {
        for file in ["cmdline", "comm", "environ", "maps", "mountinfo", "status"] {
            self.put(&format!("process/{file}"), process.proc(file));
        }
        // And what it has open.
        let open = fs::read_dir(format!("/proc/{}/fd", process.id())).unwrap();
        let targets = open.filter_map(|entry| fs::read_link(entry.unwrap().path()).ok());
        let targets: Vec<_> = targets.map(|path| path.display().to_string()).collect();
        self.put("process/fd", targets.join("\n"));
    }

    /// Everything that a database holds: the bytes of SQLite's files, its write-ahead log among them;
    /// of PostgreSQL each row of each table, in the words of the database and as the bytes that it
    /// shows in hexadecimal digits.
    pub async fn put_database(&self, name: &str, database: &Database) {
        if database.is_sqlite() {
            for file in sqlite_files(database) {
                let of = file.file_name().unwrap().to_str().unwrap().to_owned();
                self.put(&format!("{name}/{of}"), fs::read(file).unwrap());
            }
            return;
        }
        let db = database.connect().await;
        let query = |sql: String| Statement::from_string(db.get_database_backend(), sql);
        let tables = "SELECT tablename AS line FROM pg_tables WHERE schemaname = current_schema()";
        let tables = db.query_all_raw(query(tables.to_owned())).await.unwrap();
        assert!(tables.len() > 5, "{tables:?}");
        for table in tables {
            let table: String = table.try_get("", "line").unwrap();
            let rows =
                db.query_all_raw(query(format!("SELECT t::text AS line FROM {table} t"))).await;
            let mut dump = Vec::new();
            for row in rows.unwrap() {
                let line: String = row.try_get("", "line").unwrap();
                for digits in line.split(|c: char| !c.is_ascii_hexdigit()) {
                    let bytes = digits.as_bytes().chunks_exact(2);
                    let byte = |two| u8::from_str_radix(std::str::from_utf8(two).unwrap(), 16);
                    dump.extend(bytes.map(|two| byte(two).unwrap()));
                }
                dump.extend(format!("\n{line}\n").into_bytes());
            }
            self.put(&format!("{name}/{table}"), dump);
        }
        db.close().await.unwrap();
    }

    /// A file, as text.
    pub fn text(&self, name: &str) -> String {
        let bytes =
            fs::read(self.folder().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// How many files are in a folder.
    pub fn files_below(&self, name: &str) -> usize {
        fs::read_dir(self.folder().join(name)).into_iter().flatten().count()
    }
}

fn sqlite_files(database: &Database) -> Vec<PathBuf> {
    let files = fs::read_dir(database.folder.path()).unwrap().map(|file| file.unwrap().path());
    files.filter(|path| path.is_file()).collect()
}
