;; Reads canonical JSON and lines of disclosures, sixteen bytes at a time; see scannable-bytes.ts. What it does not answer, TypeScript
;; does, which has all of it as well: value-extent.ts and disclosure-scanner.ts.
;; Assembled into scanning-module.ts by `npm run assemble`.
;;
;; The memory, as scannable-bytes.ts knows it too:
;;      0  what readPlainLine found: the seq (f64), how many sections (i32), and for each its place in SECTION_PATHS,
;;         where its value starts and where that ends, both 0 if it is erased (three i32)
;;    128  texts that a line is held against
;;   1024  for each section of the line that is erased, by its number: its commitment, 32 bytes
;;   4096  for each of SECTION_PATHS, 4096 bytes: what is hashed of a section in the line read last
;;  24576  the bytes
(module
  ;; At least one page, and room to read past the end of the bytes.
  (import "scanned" "memory" (memory 1))

  ;; What every line begins with, and any eleven bytes. Each byte lies between those of the first two texts or of the last two: a digit
  ;; of an id is "0" to "9" or "a" to "f".
  (data (i32.const 128) "{\"id\":\"00000000-0000-0000-0000-000000000000\",\"recorded_at\":\"0000-00-00T00:00:00.000000Z\",\"sections\":[\00\00\00\00\00\00\00\00\00\00\00")
  (data (i32.const 240) "{\"id\":\"99999999-9999-9999-9999-999999999999\",\"recorded_at\":\"9999-99-99T99:99:99.999999Z\",\"sections\":[\ff\ff\ff\ff\ff\ff\ff\ff\ff\ff\ff")
  (data (i32.const 352) "{\"id\":\"aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa\",\"recorded_at\":\"0000-00-00T00:00:00.000000Z\",\"sections\":[\00\00\00\00\00\00\00\00\00\00\00")
  (data (i32.const 464) "{\"id\":\"ffffffff-ffff-ffff-ffff-ffffffffffff\",\"recorded_at\":\"9999-99-99T99:99:99.999999Z\",\"sections\":[\ff\ff\ff\ff\ff\ff\ff\ff\ff\ff\ff")
  ;; By the place of the section: what stands before its salt, 32 bytes apart; how long that is.
  (data (i32.const 576) "{\"path\":\"/actor\",\"salt\":\"")
  (data (i32.const 608) "{\"path\":\"/context\",\"salt\":\"")
  (data (i32.const 640) "{\"path\":\"/event\",\"salt\":\"")
  (data (i32.const 672) "{\"path\":\"/occurred_at\",\"salt\":\"")
  (data (i32.const 704) "{\"path\":\"/payload\",\"salt\":\"")
  (data (i32.const 736) "\19\1b\19\1f\1b")
  ;; What stands between salt and value, and behind the sections.
  (data (i32.const 752) "\",\"value\":")
  (data (i32.const 768) "],\"seq\":")
  ;; What stands before a commitment; and behind it, by the place of the section, 32 bytes apart: 7 bytes less than before a salt.
  (data (i32.const 776) "{\"commitment\":\"")
  (data (i32.const 800) "\",\"path\":\"/actor\"}")
  (data (i32.const 832) "\",\"path\":\"/context\"}")
  (data (i32.const 864) "\",\"path\":\"/event\"}")
  (data (i32.const 896) "\",\"path\":\"/occurred_at\"}")
  (data (i32.const 928) "\",\"path\":\"/payload\"}")
  ;; By the place of the section: what is hashed before its value: label, room for the salt, length of the path, path. It is sixteen bytes
  ;; longer than what stands before the salt in a line.
  (data (i32.const 4096) "audit-field/v1\n\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\06/actor")
  (data (i32.const 8192) "audit-field/v1\n\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\08/context")
  (data (i32.const 12288) "audit-field/v1\n\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\06/event")
  (data (i32.const 16384) "audit-field/v1\n\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\0c/occurred_at")
  (data (i32.const 20480) "audit-field/v1\n\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\08/payload")

  ;; Reads the line that begins at $from and must end before $end, if it is a plain one: no proof, no value but objects, arrays, and
  ;; strings without a backslash, a seq of 15 digits at most. Returns the offset behind it, where its newline is, or $end; -1 for every other
  ;; line, also for one that is none. Changes nothing in it. It looks at fewer than 160 bytes behind $end, and never lets them decide: all
  ;; that it found must lie before $end.
  (func (export "readPlainLine") (param $from i32) (param $end i32) (result i32)
    (local $at i32)
    ;; The place of a section in SECTION_PATHS, how many there are, where it is said what was found of it, and the two bytes behind it.
    (local $order i32) (local $count i32) (local $found i32) (local $behind i32)

    (if (i32.eqz (call $beginsLine (local.get $from))) (then (return (i32.const -1))))
    (local.set $at (i32.add (local.get $from) (i32.const 101)))
    (local.set $found (i32.const 12))
    (block $noMore
      ;; A line without any.
      (br_if $noMore (i32.eq (i32.load8_u (local.get $at)) (i32.const 0x5d)))
      (loop $section
        (if (i32.ge_u (local.get $at) (local.get $end)) (then (return (i32.const -1))))
        (if (i32.and
              (i64.eq (i64.load (local.get $at)) (i64.load (i32.const 776)))
              (i64.eq (i64.load offset=7 (local.get $at)) (i64.load (i32.const 783))))
          (then
            (local.set $at (i32.add (local.get $at) (i32.const 79)))
            (local.set $order (call $sectionAt (local.get $at) (local.get $order) (i32.const 800) (i32.const 7)))
            (if (i32.eq (local.get $order) (i32.const 5)) (then (return (i32.const -1))))
            (if (i32.eqz (call $readCommitment (i32.sub (local.get $at) (i32.const 64)) (local.get $count)))
              (then (return (i32.const -1))))
            (i32.store offset=4 (local.get $found) (i32.const 0))
            (i32.store offset=8 (local.get $found) (i32.const 0))
            ;; To the bracket that ends it.
            (local.set $at (i32.add (local.get $at) (i32.sub (i32.load8_u offset=736 (local.get $order)) (i32.const 8)))))
          (else
            (local.set $order (call $sectionAt (local.get $at) (local.get $order) (i32.const 576) (i32.const 0)))
            (if (i32.eq (local.get $order) (i32.const 5)) (then (return (i32.const -1))))
            (local.set $at (i32.add (local.get $at) (i32.load8_u offset=736 (local.get $order))))
            ;; Behind the salt and what stands there.
            (i32.store offset=4 (local.get $found) (i32.add (local.get $at) (i32.const 42)))
            (local.set $at (call $readValue (local.get $at) (local.get $order) (local.get $end)))
            (if (i32.lt_s (local.get $at) (i32.const 0)) (then (return (i32.const -1))))
            (i32.store offset=8 (local.get $found) (local.get $at))))
        (i32.store (local.get $found) (local.get $order))
        (local.set $found (i32.add (local.get $found) (i32.const 12)))
        (local.set $count (i32.add (local.get $count) (i32.const 1)))
        ;; The next one has a later place.
        (local.set $order (i32.add (local.get $order) (i32.const 1)))

        ;; "}," before a further section, "}]" behind the last.
        (local.set $behind (i32.load16_u (local.get $at)))
        (local.set $at (i32.add (local.get $at) (i32.const 2)))
        (br_if $section (i32.eq (local.get $behind) (i32.const 0x2c7d)))
        (if (i32.ne (local.get $behind) (i32.const 0x5d7d)) (then (return (i32.const -1))))
        (local.set $at (i32.sub (local.get $at) (i32.const 1)))))
    (i32.store (i32.const 8) (local.get $count))

    (if (i64.ne (i64.load (local.get $at)) (i64.load (i32.const 768))) (then (return (i32.const -1))))
    (local.set $at (call $readSeq (i32.add (local.get $at) (i32.const 8))))
    (if (i32.lt_s (local.get $at) (i32.const 0)) (then (return (i32.const -1))))
    (if (i32.ne (i32.load8_u (local.get $at)) (i32.const 0x7d)) (then (return (i32.const -1))))
    (local.set $at (i32.add (local.get $at) (i32.const 1)))
    (if (i32.eq (local.get $at) (local.get $end)) (then (return (local.get $at))))
    (select
      (local.get $at)
      (i32.const -1)
      (i32.and
        (i32.lt_u (local.get $at) (local.get $end))
        (i32.eq (i32.load8_u (local.get $at)) (i32.const 0x0a)))))

  ;; Whether there stands what every line begins with.
  (func $beginsLine (param $from i32) (result i32)
    (local $i i32)
    (local $bytes v128) (local $ok v128)
    (local.set $ok (v128.const i32x4 -1 -1 -1 -1))
    (loop $more
      (local.set $bytes (v128.load (i32.add (local.get $from) (local.get $i))))
      (local.set $ok (v128.and (local.get $ok) (v128.or
        (v128.and
          (i8x16.ge_u (local.get $bytes) (v128.load offset=128 (local.get $i)))
          (i8x16.le_u (local.get $bytes) (v128.load offset=240 (local.get $i))))
        (v128.and
          (i8x16.ge_u (local.get $bytes) (v128.load offset=352 (local.get $i)))
          (i8x16.le_u (local.get $bytes) (v128.load offset=464 (local.get $i)))))))
      (br_if $more (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 16))) (i32.const 112))))
    (i8x16.all_true (local.get $ok)))

  ;; The place of the section of which one of $texts stands at $at: $order or a later one, or 5 if there is none. $shorter is by how much the
  ;; texts are shorter than what stands before a salt; all have 16 to 32 bytes.
  (func $sectionAt (param $at i32) (param $order i32) (param $texts i32) (param $shorter i32) (result i32)
    (local $text i32) (local $last i32)
    (loop $next
      (if (i32.ge_u (local.get $order) (i32.const 5)) (then (return (i32.const 5))))
      (local.set $text (i32.add (local.get $texts) (i32.shl (local.get $order) (i32.const 5))))
      (local.set $last (i32.sub
        (i32.load8_u offset=736 (local.get $order))
        (i32.add (local.get $shorter) (i32.const 16))))
      (if (i8x16.all_true (v128.and
            (i8x16.eq (v128.load (local.get $at)) (v128.load (local.get $text)))
            (i8x16.eq
              (v128.load (i32.add (local.get $at) (local.get $last)))
              (v128.load (i32.add (local.get $text) (local.get $last))))))
        (then (return (local.get $order))))
      (local.set $order (i32.add (local.get $order) (i32.const 1)))
      (br $next))
    (i32.const 5))

  ;; Reads the salt that begins at $at and the value behind it, to where they are hashed. Returns where the value ends, or -1.
  (func $readValue (param $at i32) (param $order i32) (param $end i32) (result i32)
    ;; Where they go, and where room for them ends; the value's first byte.
    (local $field i32) (local $room i32) (local $first i32)
    (local.set $field (i32.shl (i32.add (local.get $order) (i32.const 1)) (i32.const 12)))
    (if (i32.eqz (call $readHex (local.get $at) (i32.add (local.get $field) (i32.const 15)))) (then (return (i32.const -1))))
    (if (i64.ne (i64.load offset=32 (local.get $at)) (i64.load (i32.const 752))) (then (return (i32.const -1))))
    (if (i64.ne (i64.load offset=34 (local.get $at)) (i64.load (i32.const 754))) (then (return (i32.const -1))))

    (local.set $at (i32.add (local.get $at) (i32.const 42)))
    (local.set $room (i32.add (local.get $field) (i32.const 4080)))
    (local.set $field (i32.add (local.get $field) (i32.add (i32.load8_u offset=736 (local.get $order)) (i32.const 16))))
    (local.set $first (i32.load8_u (local.get $at)))
    (if (i32.eq (local.get $first) (i32.const 0x22))
      (then (return (call $endOfString (local.get $at) (local.get $end) (local.get $field) (local.get $room)))))
    ;; Bit 0x20 makes "[" a "{".
    (if (i32.ne (i32.or (local.get $first) (i32.const 0x20)) (i32.const 0x7b)) (then (return (i32.const -1))))
    (call $endOfNested (local.get $at) (local.get $end) (local.get $field) (local.get $room)))

  ;; Reads the commitment that begins at $at. Whether it is one.
  (func $readCommitment (param $at i32) (param $number i32) (result i32)
    (local $to i32)
    (local.set $to (i32.add (i32.const 1024) (i32.shl (local.get $number) (i32.const 5))))
    (i32.and
      (call $readHex (local.get $at) (local.get $to))
      (call $readHex (i32.add (local.get $at) (i32.const 32)) (i32.add (local.get $to) (i32.const 16)))))

  ;; Reads the seq that begins at $at, to where it is said what was found. Returns where it ends, or -1.
  (func $readSeq (param $at i32) (result i32)
    (local $seq i64) (local $digit i32) (local $digits i32)
    (block $noDigit
      (loop $more
        (local.set $digit (i32.sub (i32.load8_u (i32.add (local.get $at) (local.get $digits))) (i32.const 0x30)))
        (br_if $noDigit (i32.gt_u (local.get $digit) (i32.const 9)))
        (if (i32.eq (local.get $digits) (i32.const 15)) (then (return (i32.const -1))))
        (local.set $seq (i64.add (i64.mul (local.get $seq) (i64.const 10)) (i64.extend_i32_u (local.get $digit))))
        (local.set $digits (i32.add (local.get $digits) (i32.const 1)))
        (br $more)))
    ;; No digit; or more than one, of which the first is a zero.
    (if (i32.eqz (local.get $digits)) (then (return (i32.const -1))))
    (if (i32.and (i32.gt_u (local.get $digits) (i32.const 1)) (i32.eq (i32.load8_u (local.get $at)) (i32.const 0x30)))
      (then (return (i32.const -1))))
    (f64.store (i32.const 0) (f64.convert_i64_u (local.get $seq)))
    (i32.add (local.get $at) (local.get $digits)))

  ;; Writes the sixteen bytes that 32 digits stand for to $to. Whether they are digits, "0" to "9" or "a" to "f".
  (func $readHex (param $at i32) (param $to i32) (result i32)
    (local $first v128) (local $last v128)
    (local.set $first (v128.load (local.get $at)))
    (local.set $last (v128.load offset=16 (local.get $at)))
    (v128.store (local.get $to)
      (i8x16.narrow_i16x8_u (call $fromHex (local.get $first)) (call $fromHex (local.get $last))))
    (i8x16.all_true (v128.and (call $isHex (local.get $first)) (call $isHex (local.get $last)))))

  ;; As $endOfNested, for a string that starts at $from. -1 also when there is a backslash in it.
  (func $endOfString (param $from i32) (param $end i32) (param $to i32) (param $room i32) (result i32)
    (local $at i32)
    (local $bytes v128)
    (local $stops i32)
    (local $skip i32)
    (local.set $at (local.get $from))
    ;; All bits but that of the quote that it begins with.
    (local.set $skip (i32.const -2))
    (loop $next
      (if (i32.ge_u (local.get $at) (local.get $end)) (then (return (i32.const -1))))
      (local.set $bytes (v128.load (local.get $at)))
      (if (i32.lt_u (local.get $to) (local.get $room)) (then (v128.store (local.get $to) (local.get $bytes))))
      (local.set $stops (i32.and (local.get $skip) (i8x16.bitmask (v128.or
        (v128.or
          (i8x16.eq (local.get $bytes) (i8x16.splat (i32.const 0x22)))
          (i8x16.eq (local.get $bytes) (i8x16.splat (i32.const 0x5c))))
        (i8x16.lt_u (local.get $bytes) (i8x16.splat (i32.const 0x20)))))))
      (if (local.get $stops)
        (then
          (local.set $at (i32.add (local.get $at) (i32.ctz (local.get $stops))))
          (return (select
            (i32.add (local.get $at) (i32.const 1))
            (i32.const -1)
            (i32.and
              (i32.eq (i32.load8_u (local.get $at)) (i32.const 0x22))
              (i32.lt_u (local.get $at) (local.get $end)))))))
      (local.set $skip (i32.const -1))
      (local.set $at (i32.add (local.get $at) (i32.const 16)))
      (local.set $to (i32.add (local.get $to) (i32.const 16)))
      (br $next))
    (i32.const -1))

  ;; Which of sixteen bytes are digits, "0" to "9" or "a" to "f".
  (func $isHex (param $digits v128) (result v128)
    (v128.or
      (i8x16.lt_u (i8x16.sub (local.get $digits) (i8x16.splat (i32.const 0x30))) (i8x16.splat (i32.const 10)))
      (i8x16.lt_u (i8x16.sub (local.get $digits) (i8x16.splat (i32.const 0x61))) (i8x16.splat (i32.const 6)))))

  ;; What eight pairs of digits stand for, in two bytes each.
  (func $fromHex (param $digits v128) (result v128)
    ;; The lower half of "a" is 1.
    (local.set $digits (i8x16.add
      (v128.and (local.get $digits) (i8x16.splat (i32.const 0x0f)))
      (v128.and
        (i8x16.gt_u (local.get $digits) (i8x16.splat (i32.const 0x39)))
        (i8x16.splat (i32.const 9)))))
    (v128.and
      (v128.or
        (i16x8.shl (local.get $digits) (i32.const 4))
        (i16x8.shr_u (local.get $digits) (i32.const 8)))
      (i16x8.splat (i32.const 0x00ff))))

  ;; $from is where the first bracket stands, $end where the bytes end. Returns the offset behind the bracket that closes the first;
  ;; -1 when none does before $end, or a control character, or white space outside of strings, comes first; -2 where it is for the slower one
  ;; to say: when a backslash stands outside of strings, or before a control character. Copies what it looks at to $to, up to $room.
  (func $endOfNested (export "endOfNested") (param $from i32) (param $end i32) (param $to i32) (param $room i32) (result i32)
    (local $at i32)
    (local $bytes v128)
    ;; Of sixteen bytes a bit each, the first lowest: quotes; bytes of strings, the quote that opens one counted in and the one
    ;; that closes it not; brackets outside of strings; bytes that may not stand where they do.
    (local $quotes i32) (local $strings i32) (local $opens i32) (local $closes i32) (local $wrong i32)
    ;; Also: backslashes, those still to be looked at, and the first of these; bytes behind a backslash that escapes them, of which bit 16 is
    ;; the first of the next sixteen; control characters.
    (local $backslashes i32) (local $rest i32) (local $bit i32) (local $escaped i32) (local $controls i32)
    ;; All bits, when the bytes before ended within a string.
    (local $within i32)
    (local $depth i32)
    ;; Brackets still to be looked at, and the first of them.
    (local $brackets i32) (local $bracket i32)

    (local.set $at (local.get $from))
    (loop $next
      (if (i32.ge_u (local.get $at) (local.get $end)) (then (return (i32.const -1))))
      (local.set $bytes (v128.load (local.get $at)))
      (if (i32.lt_u (local.get $to) (local.get $room)) (then
        (v128.store (local.get $to) (local.get $bytes))
        (local.set $to (i32.add (local.get $to) (i32.const 16)))))
      (local.set $backslashes (i8x16.bitmask (i8x16.eq (local.get $bytes) (i8x16.splat (i32.const 0x5c)))))
      (local.set $escaped (i32.shr_u (local.get $escaped) (i32.const 16)))
      (if (local.get $backslashes)
        (then
          (local.set $rest (local.get $backslashes))
          (loop $more
            (local.set $bit (i32.and (local.get $rest) (i32.sub (i32.const 0) (local.get $rest))))
            ;; One that is escaped itself escapes nothing.
            (if (i32.eqz (i32.and (local.get $bit) (local.get $escaped)))
              (then (local.set $escaped (i32.or (local.get $escaped) (i32.shl (local.get $bit) (i32.const 1))))))
            (br_if $more (local.tee $rest (i32.xor (local.get $rest) (local.get $bit)))))))

      ;; Each quote turns strings on or off for all bits from it on: the parity of the quotes up to a bit.
      (local.set $quotes (i32.and
        (i8x16.bitmask (i8x16.eq (local.get $bytes) (i8x16.splat (i32.const 0x22))))
        (i32.xor (local.get $escaped) (i32.const -1))))
      (local.set $strings (i32.xor (local.get $quotes) (i32.shl (local.get $quotes) (i32.const 1))))
      (local.set $strings (i32.xor (local.get $strings) (i32.shl (local.get $strings) (i32.const 2))))
      (local.set $strings (i32.xor (local.get $strings) (i32.shl (local.get $strings) (i32.const 4))))
      (local.set $strings (i32.xor (local.get $strings) (i32.shl (local.get $strings) (i32.const 8))))
      (local.set $strings (i32.xor (local.get $strings) (local.get $within)))
      (local.set $within
        (i32.sub (i32.const 0) (i32.and (i32.shr_u (local.get $strings) (i32.const 15)) (i32.const 1))))

      (local.set $controls (i8x16.bitmask (i8x16.lt_u (local.get $bytes) (i8x16.splat (i32.const 0x20)))))
      (if (i32.or (local.get $backslashes) (local.get $escaped))
        (then
          (if (i32.or
                (i32.and (local.get $backslashes) (i32.xor (local.get $strings) (i32.const -1)))
                (i32.and (local.get $controls) (local.get $escaped)))
            (then (return (i32.const -2))))))

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
        (local.get $controls)
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
