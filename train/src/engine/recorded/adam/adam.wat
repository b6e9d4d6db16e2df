;; Adam's update, four float32 at a time. Addresses and lengths are in bytes, multiples of 16.
;; `npm run build:adam -w train` assembles this file to adam.wasm.
(module
  (import "env" "memory" (memory 1))

  ;; exp_avg    = beta1 * exp_avg + share1 * gradient
  ;; exp_avg_sq = beta2 * exp_avg_sq + share2 * gradient^2
  ;; value      = decay_factor * value - step * exp_avg / (sqrt(exp_avg_sq) + epsilon)
  (func (export "update")
    (param $value i32) (param $exp_avg i32) (param $exp_avg_sq i32)
    (param $gradient i32) (param $length i32)
    (param $beta1 f32) (param $share1 f32) (param $beta2 f32) (param $share2 f32)
    (param $decay_factor f32) (param $step f32) (param $epsilon f32)
    (local $end i32) (local $g v128) (local $m v128) (local $s v128)
    (local $beta1s v128) (local $share1s v128) (local $beta2s v128) (local $share2s v128)
    (local $decay_factors v128) (local $steps v128) (local $epsilons v128)
    (local.set $beta1s (f32x4.splat (local.get $beta1)))
    (local.set $share1s (f32x4.splat (local.get $share1)))
    (local.set $beta2s (f32x4.splat (local.get $beta2)))
    (local.set $share2s (f32x4.splat (local.get $share2)))
    (local.set $decay_factors (f32x4.splat (local.get $decay_factor)))
    (local.set $steps (f32x4.splat (local.get $step)))
    (local.set $epsilons (f32x4.splat (local.get $epsilon)))
    (local.set $end (i32.add (local.get $value) (local.get $length)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $value) (local.get $end)))
        (local.set $g (v128.load (local.get $gradient)))
        (local.set $m
          (f32x4.add
            (f32x4.mul (local.get $beta1s) (v128.load (local.get $exp_avg)))
            (f32x4.mul (local.get $share1s) (local.get $g))))
        (local.set $s
          (f32x4.add
            (f32x4.mul (local.get $beta2s) (v128.load (local.get $exp_avg_sq)))
            (f32x4.mul (local.get $share2s) (f32x4.mul (local.get $g) (local.get $g)))))
        (v128.store (local.get $exp_avg) (local.get $m))
        (v128.store (local.get $exp_avg_sq) (local.get $s))
        (v128.store (local.get $value)
          (f32x4.sub
            (f32x4.mul (local.get $decay_factors) (v128.load (local.get $value)))
            (f32x4.div
              (f32x4.mul (local.get $steps) (local.get $m))
              (f32x4.add (f32x4.sqrt (local.get $s)) (local.get $epsilons)))))
        (local.set $value (i32.add (local.get $value) (i32.const 16)))
        (local.set $exp_avg (i32.add (local.get $exp_avg) (i32.const 16)))
        (local.set $exp_avg_sq (i32.add (local.get $exp_avg_sq) (i32.const 16)))
        (local.set $gradient (i32.add (local.get $gradient) (i32.const 16)))
        (br $next))))

  ;; The sum of squares, accumulated in float64.
  (func (export "squares") (param $at i32) (param $length i32) (result f64)
    (local $end i32) (local $x v128) (local $low v128) (local $high v128)
    (local.set $end (i32.add (local.get $at) (local.get $length)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $x (v128.load (local.get $at)))
        (local.set $low
          (f64x2.add (local.get $low)
            (f64x2.mul
              (f64x2.promote_low_f32x4 (local.get $x))
              (f64x2.promote_low_f32x4 (local.get $x)))))
        (local.set $x
          (i8x16.shuffle 8 9 10 11 12 13 14 15 0 1 2 3 4 5 6 7 (local.get $x) (local.get $x)))
        (local.set $high
          (f64x2.add (local.get $high)
            (f64x2.mul
              (f64x2.promote_low_f32x4 (local.get $x))
              (f64x2.promote_low_f32x4 (local.get $x)))))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br $next)))
    (local.set $low (f64x2.add (local.get $low) (local.get $high)))
    (f64.add (f64x2.extract_lane 0 (local.get $low)) (f64x2.extract_lane 1 (local.get $low)))))
