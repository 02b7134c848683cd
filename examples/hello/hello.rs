// Reads a packed file, appends to another one, and lists their directory. Nothing in here knows of Mayfly.
use std::fs::{self, OpenOptions};
use std::io::{self, Write};

fn main() -> io::Result<()> {
    print!("{}", fs::read_to_string("/hello/greeting.txt")?);

    let name = std::env::args().nth(1).unwrap_or_else(|| "world".to_string());
    let mut visitors = OpenOptions::new().append(true).create(true).open("/hello/visitors.txt")?;
    writeln!(visitors, "{}", name)?;
    println!("Visitors so far: {}", fs::read_to_string("/hello/visitors.txt")?.lines().count());

    for entry in fs::read_dir("/hello")? {
        println!("{}", entry?.path().display());
    }
    Ok(())
}
