# Ruby with its packed standard library, on files of its own. The last value is the transcript's end.
require "json"
require "tempfile"
require "fileutils"
require "set"
require "digest"

puts "packed: #{File.read("/assets/hello.txt")}"
puts JSON.generate({"ruby" => RUBY_VERSION[0, 3], "list" => File.readlines("/assets/link", chomp: true)})

Tempfile.create("mayfly") do |file|
  file.write("temporary " * 1000)
  file.flush
  file.rewind
  puts "tempfile: #{file.read.length} #{File.stat(file.path).size} #{File.basename(file.path).start_with?("mayfly")}"
end
puts "left in /tmp: #{Dir.children("/tmp").size}"

FileUtils.mkdir_p("/work/a/b")
File.write("/work/a/b/data.json", JSON.pretty_generate((1..200).map { |i| {id: i, square: i * i} }))
rows = JSON.parse(File.read("/work/a/b/data.json"))
puts "json: #{rows.size} rows, #{rows.sum { |row| row["square"] }}"
FileUtils.cp_r("/assets", "/work/copy")
FileUtils.mv("/work/copy/hello.txt", "/work/a/moved.txt")
FileUtils.ln_s("a/moved.txt", "/work/soft")
File.open("/work/a/moved.txt", "a") { |file| file.puts "appended" }
puts File.read("/work/soft")
puts Dir.glob("/work/**/*").sort
puts "same bytes: #{Digest::SHA256.file("/work/copy/sub/data.bin") == Digest::SHA256.file("/assets/sub/data.bin")}"
begin
  File.open("/work/a", File::WRONLY)
rescue SystemCallError => e
  puts "error: #{e.class}"
end
puts "sorted set: #{Set.new(Dir.children("/work")).sort.join(" ")}"
FileUtils.rm_rf("/work")
puts "exists: #{File.exist?("/work")}"
"done"
