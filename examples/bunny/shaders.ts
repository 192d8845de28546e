// The bunny's shaders, in TGSI.

/** Transforms positions and normals. CONST[0..3] clip-from-model, CONST[4..6] world-from-model, by columns. */
export const VERTEX_SHADER = `VERT
DCL IN[0]
DCL IN[1]
DCL OUT[0], POSITION
DCL OUT[1], GENERIC[0]
DCL CONST[0..6]
DCL TEMP[0..1], LOCAL
MUL TEMP[0], CONST[0], IN[0].xxxx
MAD TEMP[0], CONST[1], IN[0].yyyy, TEMP[0]
MAD TEMP[0], CONST[2], IN[0].zzzz, TEMP[0]
ADD OUT[0], CONST[3], TEMP[0]
MUL TEMP[1], CONST[4], IN[1].xxxx
MAD TEMP[1], CONST[5], IN[1].yyyy, TEMP[1]
MAD OUT[1], CONST[6], IN[1].zzzz, TEMP[1]
END
`;

/** Lights each pixel. CONST[0] direction to the light, CONST[1] halfway to the eye, CONST[2] colour. */
export const FRAGMENT_SHADER = `FRAG
DCL IN[0], GENERIC[0], PERSPECTIVE
DCL OUT[0], COLOR
DCL CONST[0..2]
DCL TEMP[0..2], LOCAL
IMM[0] FLT32 {0.0000, 0.2500, 0.7500, 1.0000}
IMM[1] FLT32 {40.0000, 0.3500, 0.0000, 0.0000}
DP3 TEMP[0].x, IN[0], IN[0]
RSQ TEMP[0].x, TEMP[0].xxxx
MUL TEMP[0], IN[0], TEMP[0].xxxx
DP3 TEMP[1].x, TEMP[0], CONST[0]
MAX TEMP[1].x, TEMP[1].xxxx, IMM[0].xxxx
MAD TEMP[1].x, TEMP[1].xxxx, IMM[0].zzzz, IMM[0].yyyy
DP3 TEMP[2].x, TEMP[0], CONST[1]
MAX TEMP[2].x, TEMP[2].xxxx, IMM[0].xxxx
POW TEMP[2].x, TEMP[2].xxxx, IMM[1].xxxx
MUL TEMP[2].x, TEMP[2].xxxx, IMM[1].yyyy
MAD OUT[0].xyz, CONST[2], TEMP[1].xxxx, TEMP[2].xxxx
MOV OUT[0].w, IMM[0].wwww
END
`;
