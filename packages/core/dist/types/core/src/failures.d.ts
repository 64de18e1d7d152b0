import { errorFrom as failureOf } from '../../client/src/errorOf.js';
import { Failure } from '../../element/src/failure.js';
export { Failure, failureOf };
/** Whether the user alone can end it, by a sign-in or by connecting: asking again does not help. */
export declare function needsUser({ code, reauthenticationUrl }: Failure): boolean;
/** Whether it says that nobody is signed in to the app. */
export declare function isSignedOut(code: string): boolean;
/** The answer came when another user had signed in, or nobody was signed in any more: it is dropped. */
export declare function userChanged(): Failure;
