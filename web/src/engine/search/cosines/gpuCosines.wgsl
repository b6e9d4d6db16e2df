// Cosines of a query with rows of half floats. Sixteen threads share a row, so that neighbours read neighbouring memory, and
// add up what each has found of it.

struct Extent {
  rows: u32,
  // Of eight half floats each, in a row.
  eights: u32,
}

@group(0) @binding(0) var<uniform> extent: Extent;
// Half floats, two in each u32.
@group(0) @binding(1) var<storage, read> packed: array<vec4<u32>>;
// 1 / length of each row.
@group(0) @binding(2) var<storage, read> scales: array<f32>;
@group(0) @binding(3) var<storage, read> query: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> scores: array<f32>;

const sharing = 16u;
const together = 4u;
var<workgroup> sums: array<f32, 64>;

@compute @workgroup_size(64)
fn cosines(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let part = thread % sharing;
  // There are at most 65,535 groups, and may be more rows.
  for (var first = group.x * together; first < extent.rows; first += groups.x * together) {
    let row = first + thread / sharing;
    var sum = 0.0;
    if (row < extent.rows) {
      for (var i = part; i < extent.eights; i += sharing) {
        let eight = packed[row * extent.eights + i];
        let low = vec4<f32>(unpack2x16float(eight.x), unpack2x16float(eight.y));
        let high = vec4<f32>(unpack2x16float(eight.z), unpack2x16float(eight.w));
        sum += dot(low, query[2u * i]) + dot(high, query[2u * i + 1u]);
      }
    }
    sums[thread] = sum;
    for (var half = sharing / 2u; half > 0u; half /= 2u) {
      workgroupBarrier();
      if (part < half) { sums[thread] += sums[thread + half]; }
    }
    if (part == 0u && row < extent.rows) { scores[row] = sums[thread] * scales[row]; }
    workgroupBarrier();
  }
}
