/** Whether the long seeded runs are wanted: npm run check and CI set THOROUGH. */
export const thorough = process.env.THOROUGH !== undefined;
