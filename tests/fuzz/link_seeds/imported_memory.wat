(module
  (import "env" "memory" (memory 1))
  (import "test" "notify" (func $notify (param i32) (result i32)))
  (import "env" "g" (global i32))
  (tag (param i32))
  (func (export "f") (param i32) (result i32)
    (try (result i32) (do (call $notify (memory.grow (local.get 0)))) (catch 0)))
  (data (global.get 0) "x")
  (export "notify" (func $notify)))
