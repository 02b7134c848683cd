// Reads a packed file, appends to another one, and lists their directory. Nothing in here knows of Mayfly.
package main

import (
	"fmt"
	"os"
	"strings"
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "hello:", err)
		os.Exit(1)
	}
}

func main() {
	greeting, err := os.ReadFile("/hello/greeting.txt")
	check(err)
	fmt.Print(string(greeting))

	name := "world"
	if len(os.Args) > 1 {
		name = os.Args[1]
	}
	visitors, err := os.OpenFile("/hello/visitors.txt", os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	check(err)
	_, err = fmt.Fprintln(visitors, name)
	check(err)
	check(visitors.Close())
	names, err := os.ReadFile("/hello/visitors.txt")
	check(err)
	fmt.Printf("Visitors so far: %d\n", strings.Count(string(names), "\n"))

	entries, err := os.ReadDir("/hello")
	check(err)
	for _, entry := range entries {
		fmt.Println("/hello/" + entry.Name())
	}
}
