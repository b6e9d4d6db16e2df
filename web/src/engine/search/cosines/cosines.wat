;; Cosines of a query with rows of half floats, eight values at a time. cosines.ts lays out the
;; memory.
;;
;; A half float has 1 sign bit, 5 exponent bits and 10 fraction bits. Shifted into the position of a
;; float32's fields, it is the same number times 2^-112, because the exponent biases are 15 and 127:
;; no table, no branch. The query's values (scores) or a multiplication (scales) restore the factor
;; 2^112.
(module
  (import "page" "memory" (memory 1))

  ;; The lower and upper four of eight half floats, times 2^-112.
  (func $low (param $eight v128) (result v128)
    (v128.and
      (i32x4.shl (i32x4.extend_low_i16x8_s (local.get $eight)) (i32.const 13))
      (v128.const i32x4 0x8fffffff 0x8fffffff 0x8fffffff 0x8fffffff)))
  (func $high (param $eight v128) (result v128)
    (v128.and
      (i32x4.shl (i32x4.extend_high_i16x8_s (local.get $eight)) (i32.const 13))
      (v128.const i32x4 0x8fffffff 0x8fffffff 0x8fffffff 0x8fffffff)))

  (func $sum (param $four v128) (result f32)
    (f32.add
      (f32.add (f32x4.extract_lane 0 (local.get $four)) (f32x4.extract_lane 1 (local.get $four)))
      (f32.add (f32x4.extract_lane 2 (local.get $four)) (f32x4.extract_lane 3 (local.get $four)))))

  ;; out[row] = scales[row] * dot(row, query); the query's values come multiplied by 2^112.
  (func (export "scores")
    (param $rows i32) (param $count i32) (param $rowBytes i32)
    (param $query i32) (param $scales i32) (param $out i32)
    (local $end i32) (local $at i32) (local $eight v128) (local $a v128) (local $b v128)
    (block $done
      (loop $each
        (br_if $done (i32.eqz (local.get $count)))
        (local.set $end (i32.add (local.get $rows) (local.get $rowBytes)))
        (local.set $at (local.get $query))
        (local.set $a (v128.const i32x4 0 0 0 0))
        (local.set $b (v128.const i32x4 0 0 0 0))
        (loop $along
          (local.set $eight (v128.load (local.get $rows)))
          (local.set $a (f32x4.add (local.get $a)
            (f32x4.mul (call $low (local.get $eight)) (v128.load (local.get $at)))))
          (local.set $b (f32x4.add (local.get $b)
            (f32x4.mul (call $high (local.get $eight)) (v128.load offset=16 (local.get $at)))))
          (local.set $at (i32.add (local.get $at) (i32.const 32)))
          (local.set $rows (i32.add (local.get $rows) (i32.const 16)))
          (br_if $along (i32.lt_u (local.get $rows) (local.get $end))))
        (f32.store (local.get $out)
          (f32.mul
            (f32.load (local.get $scales))
            (call $sum (f32x4.add (local.get $a) (local.get $b)))))
        (local.set $scales (i32.add (local.get $scales) (i32.const 4)))
        (local.set $out (i32.add (local.get $out) (i32.const 4)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $each))))

  ;; out[row] = 1 / length of row; 0 for a zero row.
  (func (export "scales")
    (param $rows i32) (param $count i32) (param $rowBytes i32) (param $out i32)
    (local $end i32) (local $eight v128) (local $four v128) (local $sum v128) (local $square f32)
    (block $done
      (loop $each
        (br_if $done (i32.eqz (local.get $count)))
        (local.set $end (i32.add (local.get $rows) (local.get $rowBytes)))
        (local.set $sum (v128.const i32x4 0 0 0 0))
        (loop $along
          (local.set $eight (v128.load (local.get $rows)))
          (local.set $four (f32x4.mul
            (call $low (local.get $eight))
            (v128.const f32x4 0x1p+112 0x1p+112 0x1p+112 0x1p+112)))
          (local.set $sum (f32x4.add
            (local.get $sum)
            (f32x4.mul (local.get $four) (local.get $four))))
          (local.set $four (f32x4.mul
            (call $high (local.get $eight))
            (v128.const f32x4 0x1p+112 0x1p+112 0x1p+112 0x1p+112)))
          (local.set $sum (f32x4.add
            (local.get $sum)
            (f32x4.mul (local.get $four) (local.get $four))))
          (local.set $rows (i32.add (local.get $rows) (i32.const 16)))
          (br_if $along (i32.lt_u (local.get $rows) (local.get $end))))
        (local.set $square (call $sum (local.get $sum)))
        (f32.store (local.get $out)
          (if (result f32) (f32.gt (local.get $square) (f32.const 0))
            (then (f32.div (f32.const 1) (f32.sqrt (local.get $square))))
            (else (f32.const 0))))
        (local.set $out (i32.add (local.get $out) (i32.const 4)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $each)))))
