(module
  (import "test" "pages" (func $pages (result i32)))
  (memory 1) (memory $m (export "memory") 1 3)
  (func (export "f") (result i32)
    (i32.store $m (i32.const 8) (memory.grow $m (call $pages)))
    (memory.copy $m 0 (i32.const 0) (i32.const 0) (i32.const 4))
    (return_call $pages)))
