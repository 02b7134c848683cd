// std::fs on a packed tree and on files of its own. Built by every Rust from 1.63 to today's.
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom, Write};

fn list(path: &str) -> io::Result<String> {
    let mut names: Vec<String> = fs::read_dir(path)?
        .map(|entry| {
            let entry = entry.unwrap();
            let kind = if entry.file_type().unwrap().is_dir() { "/" } else { "" };
            format!("{}{}", entry.file_name().to_string_lossy(), kind)
        })
        .collect();
    names.sort();
    Ok(names.join(" "))
}

fn kind<T>(result: io::Result<T>) -> ErrorKind {
    result.err().map(|error| error.kind()).unwrap_or(ErrorKind::Other)
}

fn main() -> io::Result<()> {
    print!("packed: {}", fs::read_to_string("/assets/hello.txt")?);
    println!("/assets: {}", list("/assets")?);
    let lines: Vec<String> = BufReader::new(File::open("/assets/link")?).lines().collect::<Result<_, _>>()?;
    println!("through the link: {:?}", lines);
    println!("size: {}", fs::metadata("/assets/sub/data.bin")?.len());

    fs::create_dir_all("/work/one/two")?;
    fs::write("/work/one/two/file", "0123456789")?;
    let mut file = OpenOptions::new().read(true).write(true).open("/work/one/two/file")?;
    file.seek(SeekFrom::End(-3))?;
    file.write_all(b"ABCDEF")?;
    file.seek(SeekFrom::Start(0))?;
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    println!("overwritten: {}", text);
    file.set_len(4)?;
    println!("cut: {} of length {}", fs::read_to_string("/work/one/two/file")?, file.metadata()?.len());
    drop(file);

    let mut log = OpenOptions::new().append(true).create(true).open("/work/log")?;
    for i in 0..1000 {
        writeln!(log, "line {}", i)?;
    }
    log.sync_all()?;
    let last = BufReader::new(File::open("/work/log")?).lines().last().unwrap()?;
    println!("last line: {}", last);

    println!("copied: {}", fs::copy("/assets/sub/data.bin", "/work/copy")?);
    println!("equal: {}", fs::read("/assets/sub/data.bin")? == fs::read("/work/copy")?);
    fs::rename("/work/copy", "/work/one/moved")?;
    fs::hard_link("/work/log", "/work/hard")?;
    println!("/work: {}", list("/work")?);
    println!("/work/one: {}", list("/work/one")?);

    println!("create_new: {:?}", kind(OpenOptions::new().write(true).create_new(true).open("/work/log")));
    println!("missing: {:?}", kind(File::open("/work/missing")));
    println!("remove of a full directory fails: {}", fs::remove_dir("/work/one").is_err());
    for i in 0..500 {
        fs::write(format!("/work/one/two/n{}", i), [i as u8; 100])?;
    }
    println!("many: {}", fs::read_dir("/work/one/two")?.count());
    fs::remove_file("/work/hard")?;
    fs::remove_dir_all("/work/one")?;
    println!("/work: {}", list("/work")?);
    Ok(())
}
