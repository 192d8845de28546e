// Shaders with a base colour texture and a normal texture, in TGSI.

/**
 * Transforms position, normal and tangent. CONST[0..3] clip from world, CONST[4..7] world from model, by columns,
 * CONST[8..10] world from model for normals.
 */
export const VERTEX_SHADER = `VERT
DCL IN[0]
DCL IN[1]
DCL IN[2]
DCL IN[3]
DCL OUT[0], POSITION
DCL OUT[1], GENERIC[0]
DCL OUT[2], GENERIC[1]
DCL OUT[3], GENERIC[2]
DCL OUT[4], GENERIC[3]
DCL CONST[0..10]
DCL TEMP[0..1], LOCAL
MUL TEMP[0], CONST[4], IN[0].xxxx
MAD TEMP[0], CONST[5], IN[0].yyyy, TEMP[0]
MAD TEMP[0], CONST[6], IN[0].zzzz, TEMP[0]
ADD TEMP[0], CONST[7], TEMP[0]
MOV OUT[1], TEMP[0]
MUL TEMP[1], CONST[0], TEMP[0].xxxx
MAD TEMP[1], CONST[1], TEMP[0].yyyy, TEMP[1]
MAD TEMP[1], CONST[2], TEMP[0].zzzz, TEMP[1]
ADD OUT[0], CONST[3], TEMP[1]
MUL TEMP[0], CONST[8], IN[1].xxxx
MAD TEMP[0], CONST[9], IN[1].yyyy, TEMP[0]
MAD OUT[2], CONST[10], IN[1].zzzz, TEMP[0]
MUL TEMP[0], CONST[4], IN[2].xxxx
MAD TEMP[0], CONST[5], IN[2].yyyy, TEMP[0]
MAD OUT[3].xyz, CONST[6], IN[2].zzzz, TEMP[0]
MOV OUT[3].w, IN[2].wwww
MOV OUT[4], IN[3]
END`;

/**
 * Lights each pixel. CONST[0] direction to the light, CONST[1] eye, CONST[2] base colour factor. TEMP[0] normal,
 * TEMP[1] tangent, TEMP[2] bitangent = normal × tangent, TEMP[3] the normal that the texture says, TEMP[4] halfway
 * between light and eye, TEMP[5] brightness and shine.
 */
export const FRAGMENT_SHADER = `FRAG
DCL IN[0], GENERIC[0], PERSPECTIVE
DCL IN[1], GENERIC[1], PERSPECTIVE
DCL IN[2], GENERIC[2], PERSPECTIVE
DCL IN[3], GENERIC[3], PERSPECTIVE
DCL OUT[0], COLOR
DCL SAMP[0]
DCL SAMP[1]
DCL SVIEW[0], 2D, FLOAT
DCL SVIEW[1], 2D, FLOAT
DCL CONST[0..2]
DCL TEMP[0..6], LOCAL
IMM[0] FLT32 {0.0000, 0.1500, 0.8500, 1.0000}
IMM[1] FLT32 {2.0000, -1.0000, 40.0000, 0.2500}
DP3 TEMP[0].w, IN[1], IN[1]
RSQ TEMP[0].w, TEMP[0].wwww
MUL TEMP[0].xyz, IN[1], TEMP[0].wwww
DP3 TEMP[1].w, IN[2], IN[2]
RSQ TEMP[1].w, TEMP[1].wwww
MUL TEMP[1].xyz, IN[2], TEMP[1].wwww
MUL TEMP[2].xyz, TEMP[0].zxyw, TEMP[1].yzxw
MAD TEMP[2].xyz, TEMP[0].yzxw, TEMP[1].zxyw, -TEMP[2]
MUL TEMP[2].xyz, TEMP[2], IN[2].wwww
TEX TEMP[3], IN[3], SAMP[1], 2D
MAD TEMP[3], TEMP[3], IMM[1].xxxx, IMM[1].yyyy
MUL TEMP[1].xyz, TEMP[1], TEMP[3].xxxx
MAD TEMP[1].xyz, TEMP[2], TEMP[3].yyyy, TEMP[1]
MAD TEMP[1].xyz, TEMP[0], TEMP[3].zzzz, TEMP[1]
DP3 TEMP[3].w, TEMP[1], TEMP[1]
RSQ TEMP[3].w, TEMP[3].wwww
MUL TEMP[3].xyz, TEMP[1], TEMP[3].wwww
ADD TEMP[4].xyz, CONST[1], -IN[0]
DP3 TEMP[4].w, TEMP[4], TEMP[4]
RSQ TEMP[4].w, TEMP[4].wwww
MAD TEMP[4].xyz, TEMP[4], TEMP[4].wwww, CONST[0]
DP3 TEMP[4].w, TEMP[4], TEMP[4]
RSQ TEMP[4].w, TEMP[4].wwww
MUL TEMP[4].xyz, TEMP[4], TEMP[4].wwww
DP3 TEMP[5].x, TEMP[3], CONST[0]
DP3 TEMP[5].y, TEMP[3], TEMP[4]
MAX TEMP[5], TEMP[5], IMM[0].xxxx
MAD TEMP[5].x, TEMP[5].xxxx, IMM[0].zzzz, IMM[0].yyyy
POW TEMP[5].y, TEMP[5].yyyy, IMM[1].zzzz
MUL TEMP[5].y, TEMP[5].yyyy, IMM[1].wwww
TEX TEMP[6], IN[3], SAMP[0], 2D
MUL TEMP[6], TEMP[6], CONST[2]
MAD OUT[0].xyz, TEMP[6], TEMP[5].xxxx, TEMP[5].yyyy
MOV OUT[0].w, IMM[0].wwww
END`;
