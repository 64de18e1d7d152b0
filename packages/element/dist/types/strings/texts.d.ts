export namespace texts {
    namespace list {
        let en: string;
        let de: string;
    }
    namespace loading {
        let en_1: string;
        export { en_1 as en };
        let de_1: string;
        export { de_1 as de };
    }
    namespace empty {
        let en_2: string;
        export { en_2 as en };
        let de_2: string;
        export { de_2 as de };
    }
    namespace emptyChoose {
        let en_3: string;
        export { en_3 as en };
        let de_3: string;
        export { de_3 as de };
    }
    namespace emptyText {
        let en_4: string;
        export { en_4 as en };
        let de_4: string;
        export { de_4 as de };
    }
    namespace checkAgain {
        let en_5: string;
        export { en_5 as en };
        let de_5: string;
        export { de_5 as de };
    }
    namespace connected {
        let en_6: string;
        export { en_6 as en };
        let de_6: string;
        export { de_6 as de };
    }
    namespace refreshing {
        let en_7: string;
        export { en_7 as en };
        let de_7: string;
        export { de_7 as de };
    }
    namespace failing {
        let en_8: string;
        export { en_8 as en };
        let de_8: string;
        export { de_8 as de };
    }
    namespace needsAccess {
        let en_9: string;
        export { en_9 as en };
        let de_9: string;
        export { de_9 as de };
    }
    namespace endsSoon {
        let en_10: string;
        export { en_10 as en };
        let de_10: string;
        export { de_10 as de };
    }
    namespace needsSignIn {
        let en_11: string;
        export { en_11 as en };
        let de_11: string;
        export { de_11 as de };
    }
    namespace notConnected {
        let en_12: string;
        export { en_12 as en };
        let de_12: string;
        export { de_12 as de };
    }
    namespace connecting {
        let en_13: string;
        export { en_13 as en };
        let de_13: string;
        export { de_13 as de };
    }
    namespace disconnecting {
        let en_14: string;
        export { en_14 as en };
        let de_14: string;
        export { de_14 as de };
    }
    namespace stateIs {
        let en_15: string;
        export { en_15 as en };
        let de_15: string;
        export { de_15 as de };
    }
    namespace retries {
        let en_16: string;
        export { en_16 as en };
        let de_16: string;
        export { de_16 as de };
    }
    namespace retriesOnUse {
        let en_17: string;
        export { en_17 as en };
        let de_17: string;
        export { de_17 as de };
    }
    namespace whySignInAgain {
        let en_18: string;
        export { en_18 as en };
        let de_18: string;
        export { de_18 as de };
    }
    namespace whySignInAgainEnded {
        let en_19: string;
        export { en_19 as en };
        let de_19: string;
        export { de_19 as de };
    }
    namespace whyEndsSoon {
        let en_20: string;
        export { en_20 as en };
        let de_20: string;
        export { de_20 as de };
    }
    namespace whyNeedsAccess {
        let en_21: string;
        export { en_21 as en };
        let de_21: string;
        export { de_21 as de };
    }
    namespace details {
        let en_22: string;
        export { en_22 as en };
        let de_22: string;
        export { de_22 as de };
    }
    namespace token {
        let en_23: string;
        export { en_23 as en };
        let de_23: string;
        export { de_23 as de };
    }
    namespace tokenEnds {
        let en_24: string;
        export { en_24 as en };
        let de_24: string;
        export { de_24 as de };
    }
    namespace tokenEndsRenewed {
        let en_25: string;
        export { en_25 as en };
        let de_25: string;
        export { de_25 as de };
    }
    namespace tokenEndsSignIn {
        let en_26: string;
        export { en_26 as en };
        let de_26: string;
        export { de_26 as de };
    }
    namespace tokenEnded {
        let en_27: string;
        export { en_27 as en };
        let de_27: string;
        export { de_27 as de };
    }
    namespace tokenEndedRenewed {
        let en_28: string;
        export { en_28 as en };
        let de_28: string;
        export { de_28 as de };
    }
    namespace tokenEndless {
        let en_29: string;
        export { en_29 as en };
        let de_29: string;
        export { de_29 as de };
    }
    namespace refreshed {
        let en_30: string;
        export { en_30 as en };
        let de_30: string;
        export { de_30 as de };
    }
    namespace used {
        let en_31: string;
        export { en_31 as en };
        let de_31: string;
        export { de_31 as de };
    }
    namespace usedBy {
        let en_32: string;
        export { en_32 as en };
        let de_32: string;
        export { de_32 as de };
    }
    namespace reconnectBy {
        let en_33: string;
        export { en_33 as en };
        let de_33: string;
        export { de_33 as de };
    }
    namespace scopes {
        let en_34: string;
        export { en_34 as en };
        let de_34: string;
        export { de_34 as de };
    }
    namespace account {
        let en_35: string;
        export { en_35 as en };
        let de_35: string;
        export { de_35 as de };
    }
    namespace never {
        let en_36: string;
        export { en_36 as en };
        let de_36: string;
        export { de_36 as de };
    }
    namespace justNow {
        let en_37: string;
        export { en_37 as en };
        let de_37: string;
        export { de_37 as de };
    }
    namespace soon {
        let en_38: string;
        export { en_38 as en };
        let de_38: string;
        export { de_38 as de };
    }
    namespace actorUser {
        let en_39: string;
        export { en_39 as en };
        let de_39: string;
        export { de_39 as de };
    }
    namespace actorService {
        let en_40: string;
        export { en_40 as en };
        let de_40: string;
        export { de_40 as de };
    }
    namespace actorWorker {
        let en_41: string;
        export { en_41 as en };
        let de_41: string;
        export { de_41 as de };
    }
    namespace actorClient {
        let en_42: string;
        export { en_42 as en };
        let de_42: string;
        export { de_42 as de };
    }
    namespace access {
        let en_43: string;
        export { en_43 as en };
        let de_43: string;
        export { de_43 as de };
    }
    namespace accessUsed {
        let en_44: string;
        export { en_44 as en };
        let de_44: string;
        export { de_44 as de };
    }
    namespace accessUnused {
        let en_45: string;
        export { en_45 as en };
        let de_45: string;
        export { de_45 as de };
    }
    namespace revoke {
        let en_46: string;
        export { en_46 as en };
        let de_46: string;
        export { de_46 as de };
    }
    namespace revokeName {
        let en_47: string;
        export { en_47 as en };
        let de_47: string;
        export { de_47 as de };
    }
    namespace revokeTitle {
        let en_48: string;
        export { en_48 as en };
        let de_48: string;
        export { de_48 as de };
    }
    namespace revokeText {
        let en_49: string;
        export { en_49 as en };
        let de_49: string;
        export { de_49 as de };
    }
    namespace revokeConfirmName {
        let en_50: string;
        export { en_50 as en };
        let de_50: string;
        export { de_50 as de };
    }
    namespace accessRevoked {
        let en_51: string;
        export { en_51 as en };
        let de_51: string;
        export { de_51 as de };
    }
    namespace events {
        let en_52: string;
        export { en_52 as en };
        let de_52: string;
        export { de_52 as de };
    }
    namespace eventsNone {
        let en_53: string;
        export { en_53 as en };
        let de_53: string;
        export { de_53 as de };
    }
    namespace eventsLoading {
        let en_54: string;
        export { en_54 as en };
        let de_54: string;
        export { de_54 as de };
    }
    namespace eventTimes {
        let en_55: string;
        export { en_55 as en };
        let de_55: string;
        export { de_55 as de };
    }
    namespace eventCONNECTED {
        let en_56: string;
        export { en_56 as en };
        let de_56: string;
        export { de_56 as de };
    }
    namespace eventTOKEN_READ {
        let en_57: string;
        export { en_57 as en };
        let de_57: string;
        export { de_57 as de };
    }
    namespace eventREFRESHED {
        let en_58: string;
        export { en_58 as en };
        let de_58: string;
        export { de_58 as de };
    }
    namespace eventROTATED {
        let en_59: string;
        export { en_59 as en };
        let de_59: string;
        export { de_59 as de };
    }
    namespace eventREFRESH_FAILED {
        let en_60: string;
        export { en_60 as en };
        let de_60: string;
        export { de_60 as de };
    }
    namespace eventREAUTHENTICATION_REQUIRED {
        let en_61: string;
        export { en_61 as en };
        let de_61: string;
        export { de_61 as de };
    }
    namespace eventDISCONNECTED {
        let en_62: string;
        export { en_62 as en };
        let de_62: string;
        export { de_62 as de };
    }
    namespace eventREVOKED {
        let en_63: string;
        export { en_63 as en };
        let de_63: string;
        export { de_63 as de };
    }
    namespace eventREVOCATION_UNSUPPORTED {
        let en_64: string;
        export { en_64 as en };
        let de_64: string;
        export { de_64 as de };
    }
    namespace eventREVOCATION_FAILED {
        let en_65: string;
        export { en_65 as en };
        let de_65: string;
        export { de_65 as de };
    }
    namespace eventKEY_ROTATED {
        let en_66: string;
        export { en_66 as en };
        let de_66: string;
        export { de_66 as de };
    }
    namespace eventACCESS_GRANTED {
        let en_67: string;
        export { en_67 as en };
        let de_67: string;
        export { de_67 as de };
    }
    namespace eventACCESS_REVOKED {
        let en_68: string;
        export { en_68 as en };
        let de_68: string;
        export { de_68 as de };
    }
    namespace eventACCOUNT_CHANGED {
        let en_69: string;
        export { en_69 as en };
        let de_69: string;
        export { de_69 as de };
    }
    namespace eventACCOUNT_READ {
        let en_70: string;
        export { en_70 as en };
        let de_70: string;
        export { de_70 as de };
    }
    namespace eventSCOPES_CHANGED {
        let en_71: string;
        export { en_71 as en };
        let de_71: string;
        export { de_71 as de };
    }
    namespace eventEXPIRES_SOON {
        let en_72: string;
        export { en_72 as en };
        let de_72: string;
        export { de_72 as de };
    }
    namespace eventOther {
        let en_73: string;
        export { en_73 as en };
        let de_73: string;
        export { de_73 as de };
    }
    namespace connect {
        let en_74: string;
        export { en_74 as en };
        let de_74: string;
        export { de_74 as de };
    }
    namespace connectName {
        let en_75: string;
        export { en_75 as en };
        let de_75: string;
        export { de_75 as de };
    }
    namespace signIn {
        let en_76: string;
        export { en_76 as en };
        let de_76: string;
        export { de_76 as de };
    }
    namespace signInName {
        let en_77: string;
        export { en_77 as en };
        let de_77: string;
        export { de_77 as de };
    }
    namespace refresh {
        let en_78: string;
        export { en_78 as en };
        let de_78: string;
        export { de_78 as de };
    }
    namespace refreshName {
        let en_79: string;
        export { en_79 as en };
        let de_79: string;
        export { de_79 as de };
    }
    namespace retry {
        let en_80: string;
        export { en_80 as en };
        let de_80: string;
        export { de_80 as de };
    }
    namespace retryName {
        let en_81: string;
        export { en_81 as en };
        let de_81: string;
        export { de_81 as de };
    }
    namespace disconnect {
        let en_82: string;
        export { en_82 as en };
        let de_82: string;
        export { de_82 as de };
    }
    namespace disconnectName {
        let en_83: string;
        export { en_83 as en };
        let de_83: string;
        export { de_83 as de };
    }
    namespace signInAgain {
        let en_84: string;
        export { en_84 as en };
        let de_84: string;
        export { de_84 as de };
    }
    namespace signInAgainName {
        let en_85: string;
        export { en_85 as en };
        let de_85: string;
        export { de_85 as de };
    }
    namespace allow {
        let en_86: string;
        export { en_86 as en };
        let de_86: string;
        export { de_86 as de };
    }
    namespace allowName {
        let en_87: string;
        export { en_87 as en };
        let de_87: string;
        export { de_87 as de };
    }
    namespace cancel {
        let en_88: string;
        export { en_88 as en };
        let de_88: string;
        export { de_88 as de };
    }
    namespace confirmName {
        let en_89: string;
        export { en_89 as en };
        let de_89: string;
        export { de_89 as de };
    }
    namespace confirmTitle {
        let en_90: string;
        export { en_90 as en };
        let de_90: string;
        export { de_90 as de };
    }
    namespace confirmText {
        let en_91: string;
        export { en_91 as en };
        let de_91: string;
        export { de_91 as de };
    }
    namespace wasConnected {
        let en_92: string;
        export { en_92 as en };
        let de_92: string;
        export { de_92 as de };
    }
    namespace wasRefreshed {
        let en_93: string;
        export { en_93 as en };
        let de_93: string;
        export { de_93 as de };
    }
    namespace revoked {
        let en_94: string;
        export { en_94 as en };
        let de_94: string;
        export { de_94 as de };
    }
    namespace revocationPending {
        let en_95: string;
        export { en_95 as en };
        let de_95: string;
        export { de_95 as de };
    }
    namespace revocationUnsupported {
        let en_96: string;
        export { en_96 as en };
        let de_96: string;
        export { de_96 as de };
    }
    namespace signedOut {
        let en_97: string;
        export { en_97 as en };
        let de_97: string;
        export { de_97 as de };
    }
    namespace sessionEnded {
        let en_98: string;
        export { en_98 as en };
        let de_98: string;
        export { de_98 as de };
    }
    namespace waiting {
        let en_99: string;
        export { en_99 as en };
        let de_99: string;
        export { de_99 as de };
    }
    namespace offline {
        let en_100: string;
        export { en_100 as en };
        let de_100: string;
        export { de_100 as de };
    }
    namespace knownSince {
        let en_101: string;
        export { en_101 as en };
        let de_101: string;
        export { de_101 as de };
    }
    namespace online {
        let en_102: string;
        export { en_102 as en };
        let de_102: string;
        export { de_102 as de };
    }
    namespace failUPSTREAM_UNAVAILABLE {
        let en_103: string;
        export { en_103 as en };
        let de_103: string;
        export { de_103 as de };
    }
    namespace failPROVIDER_NOT_ENABLED {
        let en_104: string;
        export { en_104 as en };
        let de_104: string;
        export { de_104 as de };
    }
    namespace failPROVIDER_SESSION_NOT_FOUND {
        let en_105: string;
        export { en_105 as en };
        let de_105: string;
        export { de_105 as de };
    }
    namespace failACCOUNT_MISMATCH {
        let en_106: string;
        export { en_106 as en };
        let de_106: string;
        export { de_106 as de };
    }
    namespace failACCOUNT_UNVERIFIED {
        let en_107: string;
        export { en_107 as en };
        let de_107: string;
        export { de_107 as de };
    }
    namespace failNOT_CONNECTED {
        let en_108: string;
        export { en_108 as en };
        let de_108: string;
        export { de_108 as de };
    }
    namespace failNOT_REFRESHABLE {
        let en_109: string;
        export { en_109 as en };
        let de_109: string;
        export { de_109 as de };
    }
    namespace failREAUTHENTICATION_REQUIRED {
        let en_110: string;
        export { en_110 as en };
        let de_110: string;
        export { de_110 as de };
    }
    namespace failTOKEN_UNREADABLE {
        let en_111: string;
        export { en_111 as en };
        let de_111: string;
        export { de_111 as de };
    }
    namespace failINSUFFICIENT_SCOPE {
        let en_112: string;
        export { en_112 as en };
        let de_112: string;
        export { de_112 as de };
    }
    namespace failSCOPE_NOT_CONFIGURED {
        let en_113: string;
        export { en_113 as en };
        let de_113: string;
        export { de_113 as de };
    }
    namespace failRATE_LIMITED {
        let en_114: string;
        export { en_114 as en };
        let de_114: string;
        export { de_114 as de };
    }
    namespace failFORBIDDEN {
        let en_115: string;
        export { en_115 as en };
        let de_115: string;
        export { de_115 as de };
    }
    namespace failINTERNAL {
        let en_116: string;
        export { en_116 as en };
        let de_116: string;
        export { de_116 as de };
    }
    namespace failRequest {
        let en_117: string;
        export { en_117 as en };
        let de_117: string;
        export { de_117 as de };
    }
    namespace failOFFLINE {
        let en_118: string;
        export { en_118 as en };
        let de_118: string;
        export { de_118 as de };
    }
    namespace failSIGNED_OUT {
        let en_119: string;
        export { en_119 as en };
        let de_119: string;
        export { de_119 as de };
    }
    namespace failSESSION_ENDED {
        let en_120: string;
        export { en_120 as en };
        let de_120: string;
        export { de_120 as de };
    }
    namespace failUNAUTHENTICATED {
        let en_121: string;
        export { en_121 as en };
        let de_121: string;
        export { de_121 as de };
    }
    namespace failREDIRECT_REFUSED {
        let en_122: string;
        export { en_122 as en };
        let de_122: string;
        export { de_122 as de };
    }
    namespace failBAD_USER_INPUT {
        let en_123: string;
        export { en_123 as en };
        let de_123: string;
        export { de_123 as de };
    }
    namespace failSIGN_IN_CANCELLED {
        let en_124: string;
        export { en_124 as en };
        let de_124: string;
        export { de_124 as de };
    }
    namespace failSIGN_IN_UNFINISHED {
        let en_125: string;
        export { en_125 as en };
        let de_125: string;
        export { de_125 as de };
    }
    namespace failSIGN_IN_TOO_SLOW {
        let en_126: string;
        export { en_126 as en };
        let de_126: string;
        export { de_126 as de };
    }
    namespace failSIGN_IN_NOT_BEGUN_HERE {
        let en_127: string;
        export { en_127 as en };
        let de_127: string;
        export { de_127 as de };
    }
    namespace failSIGN_IN_FAILED {
        let en_128: string;
        export { en_128 as en };
        let de_128: string;
        export { de_128 as de };
    }
    namespace failNOT_SIGNED_UP {
        let en_129: string;
        export { en_129 as en };
        let de_129: string;
        export { de_129 as de };
    }
    namespace failPROVIDER_SESSION_MISSING_AGAIN {
        let en_130: string;
        export { en_130 as en };
        let de_130: string;
        export { de_130 as de };
    }
    namespace failSTORAGE_BLOCKED {
        let en_131: string;
        export { en_131 as en };
        let de_131: string;
        export { de_131 as de };
    }
    namespace failELEVATION_REQUIRED {
        let en_132: string;
        export { en_132 as en };
        let de_132: string;
        export { de_132 as de };
    }
    namespace failALREADY_LINKED {
        let en_133: string;
        export { en_133 as en };
        let de_133: string;
        export { de_133 as de };
    }
    namespace failUSER_DISABLED {
        let en_134: string;
        export { en_134 as en };
        let de_134: string;
        export { de_134 as de };
    }
    namespace tryAgain {
        let en_135: string;
        export { en_135 as en };
        let de_135: string;
        export { de_135 as de };
    }
    namespace tryAgainSoon {
        let en_136: string;
        export { en_136 as en };
        let de_136: string;
        export { de_136 as de };
    }
}
