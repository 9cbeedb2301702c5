;; Where an object or array of canonical JSON ends, sixteen bytes at a time; see value-extent.ts, which has the same in TypeScript.
;; Assembled into nested-value-module.ts by `npm run assemble`.
(module
  ;; The page that holds the bytes, and room to read past their end.
  (import "scanned" "memory" (memory 1))

  ;; $from is where the first bracket stands, $end where the bytes end. Returns the offset behind the bracket that closes the first;
  ;; -1 when none does before $end, or a control character, or white space outside of strings, comes first; -2 when a backslash
  ;; stands in the way, which is for the slower one to read.
  (func (export "endOfNested") (param $from i32) (param $end i32) (result i32)
    (local $at i32)
    (local $bytes v128)
    ;; Of sixteen bytes a bit each, the first lowest: quotes; bytes of strings, the quote that opens one counted in and the one
    ;; that closes it not; brackets outside of strings; bytes that may not stand where they do.
    (local $quotes i32) (local $strings i32) (local $opens i32) (local $closes i32) (local $wrong i32)
    ;; All bits, when the bytes before ended within a string.
    (local $within i32)
    (local $depth i32)
    ;; Brackets still to be looked at, and the first of them.
    (local $brackets i32) (local $bracket i32)

    (local.set $at (local.get $from))
    (loop $next
      (if (i32.ge_u (local.get $at) (local.get $end)) (then (return (i32.const -1))))
      (local.set $bytes (v128.load (local.get $at)))
      (if (v128.any_true (i8x16.eq (local.get $bytes) (i8x16.splat (i32.const 0x5c))))
        (then (return (i32.const -2))))

      ;; Each quote turns strings on or off for all bits from it on: the parity of the quotes up to a bit.
      (local.set $quotes (i8x16.bitmask (i8x16.eq (local.get $bytes) (i8x16.splat (i32.const 0x22)))))
      (local.set $strings (i32.xor (local.get $quotes) (i32.shl (local.get $quotes) (i32.const 1))))
      (local.set $strings (i32.xor (local.get $strings) (i32.shl (local.get $strings) (i32.const 2))))
      (local.set $strings (i32.xor (local.get $strings) (i32.shl (local.get $strings) (i32.const 4))))
      (local.set $strings (i32.xor (local.get $strings) (i32.shl (local.get $strings) (i32.const 8))))
      (local.set $strings (i32.xor (local.get $strings) (local.get $within)))
      (local.set $within
        (i32.sub (i32.const 0) (i32.and (i32.shr_u (local.get $strings) (i32.const 15)) (i32.const 1))))

      ;; Bit 0x20 makes "[" a "{" and "]" a "}".
      (local.set $opens (i32.and
        (i8x16.bitmask (i8x16.eq
          (v128.or (local.get $bytes) (i8x16.splat (i32.const 0x20))) (i8x16.splat (i32.const 0x7b))))
        (i32.xor (local.get $strings) (i32.const -1))))
      (local.set $closes (i32.and
        (i8x16.bitmask (i8x16.eq
          (v128.or (local.get $bytes) (i8x16.splat (i32.const 0x20))) (i8x16.splat (i32.const 0x7d))))
        (i32.xor (local.get $strings) (i32.const -1))))
      (local.set $wrong (i32.or
        (i8x16.bitmask (i8x16.lt_u (local.get $bytes) (i8x16.splat (i32.const 0x20))))
        (i32.and
          (i8x16.bitmask (i8x16.eq (local.get $bytes) (i8x16.splat (i32.const 0x20))))
          (i32.xor (local.get $strings) (i32.const -1)))))

      (if (i32.lt_u (i32.popcnt (local.get $closes)) (local.get $depth))
        ;; Too few brackets close here to close the first.
        (then
          (local.set $depth (i32.sub
            (i32.add (local.get $depth) (i32.popcnt (local.get $opens)))
            (i32.popcnt (local.get $closes)))))
        (else
          (local.set $brackets (i32.or (local.get $opens) (local.get $closes)))
          (block $looked
            (loop $look
              (br_if $looked (i32.eqz (local.get $brackets)))
              (local.set $bracket
                (i32.and (local.get $brackets) (i32.sub (i32.const 0) (local.get $brackets))))
              (if (i32.and (local.get $bracket) (local.get $opens))
                (then (local.set $depth (i32.add (local.get $depth) (i32.const 1))))
                (else
                  (local.set $depth (i32.sub (local.get $depth) (i32.const 1)))
                  (if (i32.eqz (local.get $depth))
                    (then
                      ;; What is wrong behind the value is not of the value.
                      (if (i32.and (local.get $wrong) (i32.sub (local.get $bracket) (i32.const 1)))
                        (then (return (i32.const -1))))
                      (local.set $at
                        (i32.add (i32.add (local.get $at) (i32.ctz (local.get $bracket))) (i32.const 1)))
                      (return (select
                        (local.get $at)
                        (i32.const -1)
                        (i32.le_u (local.get $at) (local.get $end))))))))
              (local.set $brackets (i32.xor (local.get $brackets) (local.get $bracket)))
              (br $look)))))
      (if (local.get $wrong) (then (return (i32.const -1))))
      (local.set $at (i32.add (local.get $at) (i32.const 16)))
      (br $next))
    (i32.const -1)))
