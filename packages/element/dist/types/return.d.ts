/** Takes up a sign-in that came back to this page, once the app has a session. */
export class Return {
    /**
     * @param {Model} model
     * @param {SignIn} signIn
     */
    constructor(model: Model, signIn: SignIn);
    /** Whether a sign-in came back, and the app has no session yet, but soon will. */
    get waiting(): boolean;
    /** The app may have a session now. */
    wake(): void;
    /** The element is gone; where it is put back, it starts over. */
    stop(): void;
    start(): Promise<void>;
    #private;
}
import type { Model } from './model.js';
import type { SignIn } from './signin.js';
