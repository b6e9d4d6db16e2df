// Cosines of a query with rows of half floats. Sixteen threads share a row, so that adjacent
// threads read adjacent memory, and then reduce their partial sums.

struct Extent {
  rows: u32,
  // Blocks of eight half floats per row.
  blocks: u32,
}

@group(0) @binding(0) var<uniform> extent: Extent;
// Half floats, two per u32.
@group(0) @binding(1) var<storage, read> packed: array<vec4<u32>>;
// 1 / length of each row.
@group(0) @binding(2) var<storage, read> scales: array<f32>;
@group(0) @binding(3) var<storage, read> query: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> scores: array<f32>;

const threadsPerRow = 16u;
const rowsPerGroup = 4u;
var<workgroup> sums: array<f32, 64>;

@compute @workgroup_size(64)
fn cosines(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let part = thread % threadsPerRow;
  // A dispatch has at most 65,535 groups, so a group may have to take further rows.
  for (var first = group.x * rowsPerGroup; first < extent.rows; first += groups.x * rowsPerGroup) {
    let row = first + thread / threadsPerRow;
    var sum = 0.0;
    if (row < extent.rows) {
      for (var i = part; i < extent.blocks; i += threadsPerRow) {
        let block = packed[row * extent.blocks + i];
        let low = vec4<f32>(unpack2x16float(block.x), unpack2x16float(block.y));
        let high = vec4<f32>(unpack2x16float(block.z), unpack2x16float(block.w));
        sum += dot(low, query[2u * i]) + dot(high, query[2u * i + 1u]);
      }
    }
    sums[thread] = sum;
    for (var half = threadsPerRow / 2u; half > 0u; half /= 2u) {
      workgroupBarrier();
      if (part < half) { sums[thread] += sums[thread + half]; }
    }
    if (part == 0u && row < extent.rows) { scores[row] = sums[thread] * scales[row]; }
    workgroupBarrier();
  }
}
