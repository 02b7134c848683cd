// Go's os package on a packed tree and on files of its own (GOOS=wasip1).
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

func must(err error) {
	if err != nil {
		fmt.Println("failed:", err)
		os.Exit(1)
	}
}

func slurp(path string) string {
	text, err := os.ReadFile(path)
	must(err)
	return string(text)
}

func walk(root string) {
	must(filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		must(err)
		info, err := entry.Info()
		must(err)
		if entry.IsDir() {
			fmt.Println(path + "/")
		} else {
			fmt.Println(path, info.Size())
		}
		return nil
	}))
}

func main() {
	fmt.Print("packed: ", slurp("/assets/hello.txt"))
	fmt.Println("through the link:", strings.Fields(slurp("/assets/link")))
	walk("/assets")

	must(os.MkdirAll("/work/a/b", 0o755))
	file, err := os.Create("/work/a/b/numbers")
	must(err)
	writer := bufio.NewWriter(file)
	for i := 0; i < 10000; i++ {
		fmt.Fprintln(writer, i)
	}
	must(writer.Flush())
	_, err = file.Seek(0, io.SeekStart)
	must(err)
	sum := 0
	for scanner := bufio.NewScanner(file); scanner.Scan(); {
		var n int
		fmt.Sscan(scanner.Text(), &n)
		sum += n
	}
	fmt.Println("sum of what was written:", sum)
	_, err = file.WriteAt([]byte("PATCH"), 4)
	must(err)
	must(file.Truncate(12))
	must(file.Close())
	fmt.Printf("patched: %q\n", slurp("/work/a/b/numbers"))

	log, err := os.OpenFile("/work/log", os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	must(err)
	for i := 0; i < 3; i++ {
		fmt.Fprintln(log, "line", i)
	}
	must(log.Close())
	fmt.Print(slurp("/work/log"))

	must(os.Mkdir("/tmp", 0o777))
	for i := 0; i < 20; i++ {
		temporary, err := os.CreateTemp("/tmp", "x-*.tmp")
		must(err)
		must(temporary.Close())
	}
	names, err := filepath.Glob("/tmp/x-*.tmp")
	must(err)
	fmt.Println("temporary files:", len(names))
	must(os.RemoveAll("/tmp"))

	must(os.Rename("/work/a", "/work/renamed"))
	must(os.Symlink("renamed/b/numbers", "/work/soft"))
	must(os.Link("/work/log", "/work/hard"))
	target, err := os.Readlink("/work/soft")
	must(err)
	fmt.Println("readlink:", target)
	_, err = os.Open("/work/missing")
	fmt.Println("missing:", errors.Is(err, fs.ErrNotExist))
	_, err = os.OpenFile("/work/log", os.O_CREATE|os.O_EXCL, 0o644)
	fmt.Println("exclusive:", errors.Is(err, fs.ErrExist))
	fmt.Println("remove of a full directory:", os.Remove("/work/renamed") != nil)

	// The heap grows far beyond the start while a file is written and read back.
	const stride = 50 // enough to see every page, and bearable for an interpreter
	kept := [][]byte{}
	big, err := os.Create("/work/big")
	must(err)
	for i := 0; i < 300; i++ {
		block := make([]byte, 100000)
		for j := 0; j < len(block); j += stride {
			if block[j] != 0 {
				fmt.Println("fresh memory is not zero")
			}
			block[j] = byte(i)
		}
		kept = append(kept, block)
		_, err := big.Write(block)
		must(err)
	}
	must(big.Close())
	back, err := os.ReadFile("/work/big")
	must(err)
	wrong := 0
	for i := 0; i < len(back); i += stride {
		if back[i] != byte(i/100000) || kept[i/100000][i%100000] != byte(i/100000) {
			wrong++
		}
	}
	fmt.Println("30 MB written and read back, wrong:", wrong)
	must(os.Remove("/work/big"))
	walk("/work")
}
