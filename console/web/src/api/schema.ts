/** Made of the console's routes by `python -m tools.contract`; changed there, never here. */
export type paths = Record<string, never>;
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description An account as the security administrator sees it. */
        AccountAnswer: {
            demo: boolean;
            disabled: boolean;
            factor_free_from: number | null;
            guard_id: string | null;
            id: string;
            locked: boolean;
            locked_until: number | null;
            name: string;
            password_by: string;
            /** @enum {unknown} */
            role: "auditor" | "company" | "grid" | "guard" | "leader" | "officer" | "operator" | "party" | "secadmin" | "sysadmin" | "wall";
            unit_id: string | null;
            username: string;
        };
        /** @description Whose something is: an account in few words. */
        AccountBriefAnswer: {
            id: string;
            name: string;
            /** @enum {unknown} */
            role: "auditor" | "company" | "grid" | "guard" | "leader" | "officer" | "operator" | "party" | "secadmin" | "sysadmin" | "wall";
            username: string;
        };
        /** @description The account after it was added or changed. */
        AccountDoneAnswer: {
            account: components["schemas"]["AccountAnswer"];
        };
        /** @description `patrol.acts.moments.Said`; `contact`: the token of the last answer that this page had. */
        Act: {
            /**
             * @default rest
             * @enum {string}
             */
            break_kind?: "meal" | "rest";
            claimed_at: number;
            /** @default  */
            code?: string;
            /** @default  */
            contact?: string;
            /**
             * @default ended
             * @enum {string}
             */
            how?: "ended" | "ill";
            id: string;
            /** @enum {string} */
            kind: "begin" | "break_begin" | "break_end" | "end";
            /** @default  */
            note?: string;
            since_s?: number | null;
            wall_since_s?: number | null;
        };
        /** @description What a guard did without a network, as it was said, and its fate. `decided_by` is a name, its account id stands in `decided_by_id`. */
        ActAnswer: {
            at: number;
            break_id: string | null;
            claimed_at: number;
            contact_at: number | null;
            counts_at: number | null;
            decided_at: number | null;
            decided_by: string;
            decided_by_id: string;
            decision_note: string;
            followed_at: number | null;
            guard_id: string;
            guard_name: string;
            id: string;
            /** @enum {unknown} */
            kind: "begin" | "break_begin" | "break_end" | "end";
            note: string;
            proof: string;
            proof_fix_id: string | null;
            proved: boolean;
            received_at: number;
            shift_id: string | null;
            since_s: number | null;
            state: string;
            unit_id: string;
            why: string;
            why_said: string;
        };
        /** @description The act as it stands now. */
        ActDoneAnswer: {
            act: components["schemas"]["ActAnswer"];
        };
        ActWordForm: {
            counts: boolean;
            note: string;
        };
        /** @description What a time had of alerts. */
        AlarmBudgetAnswer: {
            alerts: number;
            called: components["schemas"]["AlarmCallsAnswer"];
            few: number;
            few_judged: number;
            flood_s: number;
            floods: components["schemas"]["FloodAnswer"][];
            goal: number;
            months: components["schemas"]["FalseMonthAnswer"][];
            now: number;
            of_s: number;
            rate: components["schemas"]["AlarmRateAnswer"];
            seats: components["schemas"]["SeatHoursAnswer"];
            shelved: number;
            split: components["schemas"]["PrioritySplitAnswer"][];
            states: {
                [key: string]: number;
            };
            waiting: number;
            waits: components["schemas"]["AlarmWaitsAnswer"];
            zones: components["schemas"]["WorstZoneAnswer"][];
        };
        /** @description What rang, and what was escalated. */
        AlarmCallsAnswer: {
            escalations: components["schemas"]["EscalationCountAnswer"][];
            rings: components["schemas"]["RingCountAnswer"][];
        };
        /** @description Alerts an operator-hour beside the goal. `said`: kept or missed beyond chance, left open, too few to say, or nobody was there. */
        AlarmRateAnswer: {
            alerts: number;
            hours: number;
            rate: components["schemas"]["Bounded"] | null;
            /** @enum {unknown} */
            said: "few" | "nobody" | "open" | "over" | "within";
        };
        /** @description How long alerts waited for their judgement. `of`: a priority, or who judged. `few`: of fewer than 20. */
        AlarmWaitAnswer: {
            few: boolean;
            judged: number;
            of: string;
            p50: number;
            p95: number;
        };
        /** @description The same alerts by priority, and by person. */
        AlarmWaitsAnswer: {
            person: components["schemas"]["AlarmWaitAnswer"][];
            priority: components["schemas"]["AlarmWaitAnswer"][];
        };
        /** @description An alert as the queue shows it. */
        AlertAnswer: {
            back_at: number | null;
            camera: components["schemas"]["AlertCameraAnswer"];
            camera_id: string;
            captured_at: number;
            certificate: number | null;
            clip: string | null;
            clip_error: string | null;
            clip_from: number | null;
            clip_seconds: number | null;
            clip_sha256: string | null;
            /** @enum {unknown} */
            clip_state: "missing" | "needs_transcode" | "pending" | "ready";
            codec: string | null;
            escalation: number;
            escalations: components["schemas"]["EscalationAnswer"][];
            evidence_at: number | null;
            held_by: components["schemas"]["HeldByAnswer"] | null;
            hold: components["schemas"]["EvidenceHoldAnswer"] | null;
            id: string;
            incident: components["schemas"]["IncidentAnswer"] | null;
            incident_id: string | null;
            instruction: string;
            judge_reason: string;
            judged_at: number | null;
            judged_by: string | null;
            judged_by_id: string | null;
            keep_days: number | null;
            keep_until: number;
            kept_from: number | null;
            kind: number;
            merged_tracks: number;
            method: number;
            model: string;
            outages: components["schemas"]["AlertOutageAnswer"][];
            precision: components["schemas"]["PrecisionAnswer"];
            priority: number;
            published_at: number;
            purged_at: number | null;
            received_at: number;
            rule_version: string;
            score: number;
            seq: number;
            shelf: components["schemas"]["ShelfTermsAnswer"] | null;
            shelf_id: string | null;
            situation: string;
            snapshot: string | null;
            snapshot_error: string | null;
            snapshot_sha256: string | null;
            /** @enum {unknown} */
            state: "confirmed" | "false" | "ignored" | "new";
            timeline: components["schemas"]["StepAnswer"][];
            waiting_s: number;
            waits_from: number;
            worker: string;
            zone_id: string;
            zone_name: string;
            zone_points: [
                number,
                number
            ][];
        };
        /**
         * @description The camera of an alert: the place that a guard reported from, the line, or a removed camera have an id and names alone.
         *         `bearing` and `fov` in degrees, `range_m` in metres.
         */
        AlertCameraAnswer: {
            area_id: string | null;
            bearing: number | null;
            fov: number | null;
            id: string;
            lat: number | null;
            lon: number | null;
            name: string;
            name_en: string;
            range_m: number | null;
        };
        /** @description An alert with the boxes of its tracks. */
        AlertInFullAnswer: {
            back_at: number | null;
            camera: components["schemas"]["AlertCameraAnswer"];
            camera_id: string;
            captured_at: number;
            certificate: number | null;
            clip: string | null;
            clip_error: string | null;
            clip_from: number | null;
            clip_seconds: number | null;
            clip_sha256: string | null;
            /** @enum {unknown} */
            clip_state: "missing" | "needs_transcode" | "pending" | "ready";
            codec: string | null;
            escalation: number;
            escalations: components["schemas"]["EscalationAnswer"][];
            evidence_at: number | null;
            held_by: components["schemas"]["HeldByAnswer"] | null;
            hold: components["schemas"]["EvidenceHoldAnswer"] | null;
            id: string;
            incident: components["schemas"]["IncidentAnswer"] | null;
            incident_id: string | null;
            instruction: string;
            judge_reason: string;
            judged_at: number | null;
            judged_by: string | null;
            judged_by_id: string | null;
            keep_days: number | null;
            keep_until: number;
            kept_from: number | null;
            kind: number;
            merged_tracks: number;
            method: number;
            model: string;
            outages: components["schemas"]["AlertOutageAnswer"][];
            precision: components["schemas"]["PrecisionAnswer"];
            priority: number;
            published_at: number;
            purged_at: number | null;
            received_at: number;
            rule_version: string;
            score: number;
            seq: number;
            shelf: components["schemas"]["ShelfTermsAnswer"] | null;
            shelf_id: string | null;
            situation: string;
            snapshot: string | null;
            snapshot_error: string | null;
            snapshot_sha256: string | null;
            /** @enum {unknown} */
            state: "confirmed" | "false" | "ignored" | "new";
            timeline: components["schemas"]["StepAnswer"][];
            tracks: components["schemas"]["TrackPath"][];
            waiting_s: number;
            waits_from: number;
            worker: string;
            zone_id: string;
            zone_name: string;
            zone_points: [
                number,
                number
            ][];
        };
        /** @description A camera, or a worker, that a device alert speaks of. `to_at` None: it lasts. */
        AlertOutageAnswer: {
            camera_id: string;
            detail: string;
            from_at: number;
            name: string;
            name_en: string;
            reason: string;
            to_at: number | null;
        };
        /** @description Each of the guards on each day from `first` to `last` (YYYY-MM-DD) that is one of `weekdays` (0: Monday). */
        Apply: {
            first: string;
            guard_ids: string[];
            last: string;
            weekdays: number[];
        };
        /** @description `now`: the server's clock; `escalations`: unjudged alerts on the lists of the caller's own seats, the newest first. */
        AttentionAnswer: {
            escalations: components["schemas"]["EscalatedAlertAnswer"][];
            mutes: components["schemas"]["MuteAnswer"][];
            now: number;
            second_seat: components["schemas"]["SeatedAnswer"][];
        };
        /** @description A row of the register. */
        AuditRowAnswer: {
            action: string;
            actor_id: string;
            actor_name: string;
            at: number;
            case_ref: string | null;
            detail: Record<string, unknown>;
            hash: string | null;
            object_id: string;
            object_kind: string;
            purpose: ("alert_judging" | "appeal" | "case" | "complaint" | "duty" | "incident" | "live_watch" | "maintenance" | "own" | "point_call" | "set_up" | "spot_check") | null;
            role: ("auditor" | "company" | "grid" | "guard" | "leader" | "officer" | "operator" | "party" | "secadmin" | "sysadmin" | "wall") | null;
            seq: number;
            unit_id: string | null;
        };
        /** @description One thing wrong in a sheet. */
        BadCellAnswer: {
            column: string;
            detail: string;
            found: string;
            key: string;
            row: number;
            said: string;
            values: Record<string, unknown>;
        };
        Bind: {
            code: string;
        };
        /** @description The token that every request that changes something must send along. */
        BoundAnswer: {
            csrf: string;
        };
        /** @description A rate or share with its 95 % bounds. */
        Bounded: {
            high: number;
            low: number;
            value: number;
        };
        Break: {
            /**
             * @default rest
             * @enum {string}
             */
            kind?: "meal" | "rest";
        };
        /** @description A break on a shift. `to_at` None: it lasts. */
        BreakAnswer: {
            from_at: number;
            id: string;
            kind: string;
            shift_id: string;
            to_at: number | null;
        };
        /** @description `ids`, or all that the filter finds. */
        Bulk: {
            changes: components["schemas"]["Changes"];
            /**
             * @default {
             *       "q": "",
             *       "state": "",
             *       "area_id": "",
             *       "station_id": ""
             *     }
             */
            filter?: components["schemas"]["BulkFilterForm"];
            ids?: string[] | null;
            /** @default  */
            sha256?: string;
        };
        /** @description A change of many cameras. Times are epoch seconds. */
        BulkAnswer: {
            at_item: number;
            changes: components["schemas"]["BulkFieldsAnswer"];
            id: string;
            left_out: number;
            made_at: number;
            made_by: string;
            state: string;
            total: number;
        };
        /** @description Fields of a camera that a change sets, or as they stood before; what it leaves alone is not there. */
        BulkFieldsAnswer: {
            area_id?: string | null;
            enabled?: boolean;
            keep_days?: number | null;
            priority?: number;
            /** @enum {unknown} */
            sampling?: "full" | "gated" | "key_frames";
        };
        BulkFilterForm: {
            /** @default  */
            area_id?: string;
            /** @default  */
            q?: string;
            /** @default  */
            state?: string;
            /** @default  */
            station_id?: string;
        };
        /** @description What would change: of `total` cameras that were chosen `same` have it already. */
        BulkPlanAnswer: {
            before: {
                [key: string]: components["schemas"]["BulkValueAnswer"][];
            };
            same: number;
            sample: components["schemas"]["BulkSampleAnswer"][];
            sha256: string;
            total: number;
        };
        /** @description `plan` where it was asked for, or `bulk` where the change begins with this. */
        BulkPlannedAnswer: {
            bulk?: components["schemas"]["BulkAnswer"];
            plan?: components["schemas"]["BulkPlanAnswer"];
        };
        /** @description One camera that would change. `before`: what would, as it stands. */
        BulkSampleAnswer: {
            before: components["schemas"]["BulkFieldsAnswer"];
            id: string;
            name: string;
            name_en: string;
        };
        /** @description The change after this step. */
        BulkStepAnswer: {
            bulk: components["schemas"]["BulkAnswer"];
        };
        /** @description `count` cameras have this value of a field now. */
        BulkValueAnswer: {
            count: number;
            value: string | number | boolean | null;
        };
        ByLot: {
            area_id?: string | null;
            /** @default  */
            reason?: string;
            size: number;
        };
        ByName: {
            guard_id: string;
            reason: string;
        };
        /** @description A named set of days. `dates`: YYYY-MM-DD of the county, in order. */
        CalendarAnswer: {
            dates: string[];
            id: string;
            name: string;
            name_en: string;
        };
        /** @description The calendar after it was added or changed. */
        CalendarKeptAnswer: {
            calendar: components["schemas"]["CalendarAnswer"];
        };
        /** @description One guard, or several in one act; `alone`: why fewer go than the rule of two asks for. */
        Call: {
            /** @default  */
            alone?: string;
            /** @default  */
            guard_id?: string;
            guard_ids?: string[];
        };
        CallAnswerForm: {
            accuracy_m?: number | null;
            answered_at: number;
            lat?: number | null;
            lon?: number | null;
        };
        /** @description Who was called, in the order asked for; `dispatch` is the first of `dispatches`. */
        CalledAnswer: {
            dispatch: components["schemas"]["DispatchAnswer"];
            dispatches: components["schemas"]["DispatchAnswer"][];
        };
        /** @description Where guards are to go. */
        CalledPlaceAnswer: {
            lat: number;
            lon: number;
            name: string;
        };
        /** @description What a verdict was decided on. Times are epoch seconds. Empty while the call has no verdict. */
        CallEvidenceAnswer: {
            answer_received_at?: number | null;
            answered_at?: number | null;
            by_radio?: boolean;
            called_at?: number;
            fix_id?: string | null;
            fix_place?: components["schemas"]["CallPlaceAnswer"] | null;
            limits?: components["schemas"]["CallLimitsAnswer"];
            now?: number;
            outside_m?: number | null;
            place?: components["schemas"]["CallPlaceAnswer"] | null;
            polygon?: [
                number,
                number
            ][];
            receipt_at?: number | null;
            sign_of_life_at?: number | null;
        };
        /** @description Seconds that a verdict counted with: to answer, of silence before the call, for answers that come late, between answer and fix. */
        CallLimitsAnswer: {
            answer_s: number;
            fix_near_s: number;
            grace_s: number;
            silence_s: number;
        };
        /**
         * @description A settled point call; `counted` is the verdict that counts: a contradicted one only once a person upheld it. `review`:
         *         waiting, upheld or dismissed, where a person's word is asked for.
         */
        CallOutcome: {
            by_draw: boolean;
            counted: string;
            id: string;
            /** @default  */
            reason?: string;
            /** @default  */
            review?: string;
        };
        /** @description A place that a verdict rests on, WGS-84. */
        CallPlaceAnswer: {
            accuracy_m: number | null;
            lat: number;
            lon: number;
        };
        /** @description One camera's day, with the outages that touch it: the first 200. */
        CameraDayAnswer: {
            begin: number;
            blind: number;
            camera_id: string;
            day: string;
            dropped: number;
            due: number;
            legend: {
                [key: string]: string;
            };
            line: string;
            looked: number;
            name: string;
            name_en: string;
            outages: components["schemas"]["OutageAnswer"][];
            reasons: {
                [key: string]: number;
            };
            reduced: number;
            share: number | null;
            watched: number;
        };
        /** @description The camera as it stands after it was added or changed. */
        CameraKeptAnswer: {
            camera: components["schemas"]["SetUpCameraAnswer"];
        };
        /** @description A camera reported somebody when the guard's fix lay in its view; nothing says that it was the guard. */
        CameraReportAnswer: {
            alert_id: string | null;
            apart_m: number;
            at: number;
            camera_id: string;
            lat: number;
            lon: number;
            name: string;
            name_en: string;
            situation: string;
        };
        /** @description The first of `total`, in order of time. */
        CameraReportsAnswer: {
            items: components["schemas"]["CameraReportAnswer"][];
            total: number;
        };
        /** @description A page of cameras by id. `total`: all that match; `counts`: all cameras of the county by the state shown now. */
        CamerasAnswer: {
            counts: {
                [key: string]: number;
            };
            items: components["schemas"]["ListedCameraAnswer"][];
            next: string | null;
            total: number;
        };
        /** @description How many cameras the list held, and how many of them were new or changed. */
        CamerasImportedAnswer: {
            cameras: number;
            changed: number;
        };
        /** @description A canary as a page fetches it. */
        CanaryAnswer: {
            captured_at: number;
            id: string;
            received_at: number;
            worker: string;
        };
        /** @description `taken`: how many of the page's words were noted; those that can't be so were left out. */
        CanaryDrawnAnswer: {
            taken: number;
        };
        /** @description How late alerts are, of all workers and of each. `faults`: the newest of the last day. */
        CanaryFiguresAnswer: {
            day: components["schemas"]["CanarySpanAnswer"];
            faults: components["schemas"]["LineFaultAnswer"][];
            hour: components["schemas"]["CanarySpanAnswer"];
            limit: number;
            now: number;
            silent: number;
            workers: components["schemas"]["CanaryWorkerAnswer"][];
        };
        /** @description The canaries received in an hour or a day. */
        CanarySpanAnswer: {
            count: number;
            shown: number;
            steps: components["schemas"]["CanaryStepsAnswer"];
            stored: components["schemas"]["CanarySpreadAnswer"] | null;
            total: components["schemas"]["CanarySpreadAnswer"] | null;
        };
        /** @description Percentiles in seconds, by nearest rank. `few`: of fewer than 20 canaries. */
        CanarySpreadAnswer: {
            count: number;
            few: boolean;
            p50: number;
            p95: number;
            p99: number;
        };
        /** @description Each step from the one before, the first from the capture; None: of no canary. */
        CanaryStepsAnswer: {
            published: components["schemas"]["CanarySpreadAnswer"] | null;
            pushed: components["schemas"]["CanarySpreadAnswer"] | null;
            received: components["schemas"]["CanarySpreadAnswer"] | null;
            shown: components["schemas"]["CanarySpreadAnswer"] | null;
        };
        /** @description The steps of one canary, in seconds; None: no page drew it. */
        CanaryStepSecondsAnswer: {
            published: number;
            pushed: number | null;
            received: number;
            shown: number | null;
        };
        /** @description A worker that sends canaries, or sent some in the last day. */
        CanaryWorkerAnswer: {
            alive: boolean;
            day: components["schemas"]["CanarySpanAnswer"];
            heard_at: number | null;
            hour: components["schemas"]["CanarySpanAnswer"];
            newest: components["schemas"]["NewestCanaryAnswer"] | null;
            state: string;
            worker: string;
        };
        /** @description A guard who could go. `phone` and `call_sign` are empty of who is not on shift. */
        CandidateAnswer: {
            allowed: boolean;
            battery_pct: number | null;
            call_sign: string;
            distance_m: number | null;
            fix_age_s: number | null;
            guard_id: string;
            name: string;
            phone: string;
            /** @enum {unknown} */
            reason_key: "" | "busy" | "doubtful_place" | "no_fix" | "off_shift" | "on_break" | "outside_service_area" | "stale_fix";
            reason_values: components["schemas"]["ReasonValuesAnswer"];
            shift_id: string | null;
            stale: boolean;
            unit_kind: string;
            unit_name: string;
            walking_s: number | null;
        };
        /** @description A spot check's number, this person's from now on. */
        CaseNumberAnswer: {
            case_ref: string;
        };
        /** @description A record that a purpose may name. `at`: epoch seconds; `what`: an incident's place or a point call's guard. */
        CaseOfferAnswer: {
            at: number;
            ref: string;
            what: string;
        };
        /** @description A cell as a GeoJSON feature. */
        CellFeatureAnswer_IdleCellAnswer_: {
            geometry: components["schemas"]["CellShapeAnswer"];
            properties: components["schemas"]["IdleCellAnswer"];
            /** @enum {unknown} */
            type: "Feature";
        };
        /** @description A cell as a GeoJSON feature. */
        CellFeatureAnswer_WaitingCellAnswer_: {
            geometry: components["schemas"]["CellShapeAnswer"];
            properties: components["schemas"]["WaitingCellAnswer"];
            /** @enum {unknown} */
            type: "Feature";
        };
        /** @description A cell that is not to count, and why; `counts` true: it counts again. */
        CellForm: {
            cell: string;
            /** @default false */
            counts?: boolean;
            /** @default  */
            reason?: string;
        };
        /** @description An area's cells as they stand now. */
        CellsAnswer: {
            features: components["schemas"]["CellFeatureAnswer_WaitingCellAnswer_"][];
            /** @enum {unknown} */
            type: "FeatureCollection";
        };
        /** @description A cell's outline as GeoJSON: one closed ring. */
        CellShapeAnswer: {
            coordinates: [
                number,
                number
            ][][];
            /** @enum {unknown} */
            type: "Polygon";
        };
        /** @description A guard with the number of the certificate. */
        CertifiedGuardAnswer: {
            call_sign: string;
            cert_no: string;
            cert_valid_until: string | null;
            default_area_id: string | null;
            id: string;
            name: string;
            notice_signed: boolean;
            unit: components["schemas"]["UnitBriefAnswer"];
            unit_id: string;
        };
        /** @description What is not there stays. */
        Changes: {
            area_id?: string | null;
            /** @default true */
            enabled?: boolean;
            keep_days?: number | null;
            /** @default 2 */
            priority?: number;
            /**
             * @default gated
             * @enum {string}
             */
            sampling?: "gated" | "key_frames" | "full";
        };
        /** @description A spot check without its guard. `at`: the officer's signature. */
        CheckAnswer: {
            at: number;
            case_ref: string;
            /** @enum {unknown} */
            chosen_by: "own" | "random" | "risk" | "unchecked";
            guard_id: string;
            guard_note: string;
            guard_refused_at: number | null;
            guard_signed_at: number | null;
            id: string;
            /** @enum {unknown} */
            kind: "on_site" | "trail";
            note: string;
            officer_id: string;
            officer_name: string;
            /** @enum {unknown} */
            result: "in_order" | "remark";
            shift_id: string | null;
            unit_id: string;
        };
        /** @description `holds_true`: the digest is that of the list. */
        CheckedPurgeCertificateAnswer: {
            certificate: components["schemas"]["ListedPurgeCertificateAnswer"];
            holds_true: boolean;
        };
        /** @description An on-site check names the guard by the code on his screen, a review of a trail by his id. */
        CheckForm: {
            /** @default  */
            case_ref?: string;
            /**
             * @default own
             * @enum {string}
             */
            chosen_by?: "random" | "risk" | "unchecked" | "own";
            code?: string | null;
            guard_id?: string | null;
            /** @enum {string} */
            kind: "trail" | "on_site";
            /** @default  */
            note?: string;
            /** @enum {string} */
            result: "in_order" | "remark";
            shift_id?: string | null;
        };
        /** @description `id`: the phone's own, so that a queue may send it twice. */
        CheckIn: {
            accuracy_m?: number | null;
            at: number;
            /** @default  */
            code?: string;
            id: string;
            lat?: number | null;
            lon?: number | null;
            /** @enum {string} */
            method: "qr" | "nfc" | "gps";
        };
        /** @description A check-in by QR, NFC or position. `name`: of its checkpoint, empty where none is known. */
        CheckInAnswer: {
            accuracy_m: number | null;
            at: number;
            checkpoint_id: string | null;
            counts: boolean;
            guard_id: string;
            id: string;
            lat: number | null;
            lon: number | null;
            /** @enum {unknown} */
            method: "gps" | "nfc" | "qr";
            name: string;
            name_en: string;
            received_at: number;
            shift_id: string;
            why: string;
        };
        /** @description A checkpoint with its area, and the codes that prove a visit. */
        CheckpointAnswer: {
            area_id: string;
            id: string;
            lat: number;
            lon: number;
            name: string;
            name_en: string;
            nfc_id: string | null;
            radius_m: number;
            scan_code: string | null;
        };
        /** @description All that stands on a check's printed sheet. */
        CheckSheetAnswer: {
            at: number;
            check: components["schemas"]["CheckAnswer"];
            doubts: {
                [key: string]: number;
            };
            fixes: number;
            gaps: components["schemas"]["SilenceAnswer"][];
            guard: components["schemas"]["GuardAnswer"];
            lines: [
                number,
                number
            ][][];
            printed_by: string;
            seals: components["schemas"]["SealLine"][];
            shifts: components["schemas"]["SheetShiftAnswer"][];
            span: components["schemas"]["SilenceAnswer"];
            visits: components["schemas"]["VisitAnswer"][];
        };
        /** @description The check as it is after a signature. */
        CheckSignedAnswer: {
            spot_check: components["schemas"]["SpotCheckAnswer"];
        };
        /** @description How much waits for an officer. `suggestions`: checks that today still lacks. */
        ChecksWaitingAnswer: {
            calls: number;
            refusals: number;
            sos: number;
            suggestions: number;
            unsigned: number;
        };
        Chosen: {
            /** @default 1 */
            channel?: number;
            host: string;
            maker: string;
            /** @default  */
            name?: string;
        };
        /** @description The device as its clock is corrected from now on. */
        ClockCorrectedAnswer: {
            device: components["schemas"]["CorrectedClockAnswer"];
        };
        /** @description The device's clock is `off_s` seconds ahead (behind: below 0); 0 takes a correction back. */
        ClockForm: {
            off_s: number;
        };
        CloseCallForm: {
            /** @default  */
            note?: string;
            outcome: string;
        };
        CloseIncidentForm: {
            /** @default false */
            cancel_calls?: boolean;
            /** @default  */
            note?: string;
        };
        CloseShiftForm: {
            /**
             * @default operator
             * @enum {string}
             */
            how?: "operator" | "sent_home" | "ill" | "ended";
            /** @default  */
            note?: string;
        };
        CodeForm: {
            code: string;
        };
        Comment: {
            text: string;
            unit_id?: string | null;
        };
        /** @description A station's comment on the joint duty. `unit_id` None: to all units. */
        CommentAnswer: {
            at: number;
            day: string;
            id: string;
            officer_id: string;
            officer_name: string;
            text: string;
            unit_id: string | null;
        };
        /** @description The comment that was written. */
        CommentWrittenAnswer: {
            comment: components["schemas"]["CommentAnswer"];
        };
        /** @description Who goes to the same incident, and how he is reached. */
        CompanionAnswer: {
            arrived_at: number | null;
            name: string;
            phone: string;
            said_at: number | null;
            state: string;
            unit: components["schemas"]["NamedAnswer"];
        };
        /** @description One of a company's guards. `shift`: the last one; `score`: of the last shift that has one; `last_shifts`: newest first. */
        CompanyGuardAnswer: {
            guard: components["schemas"]["CertifiedGuardAnswer"];
            last_shifts: components["schemas"]["ScoredShiftAnswer"][];
            score: components["schemas"]["ScoreTotalAnswer"] | null;
            shift: components["schemas"]["ShiftAnswer"] | null;
        };
        /** @description What a company has to see to now. */
        CompanyNowAnswer: {
            certificate_days: number;
            certificates: components["schemas"]["EndingCertificateAnswer"][];
            missing: components["schemas"]["MissingEntryAnswer"][];
            now: number;
            overdue: components["schemas"]["ShiftAnswer"][];
        };
        /** @description With the incident that the confirmation opened. */
        ConfirmedAnswer: {
            alert: components["schemas"]["AlertInFullAnswer"];
            incident: components["schemas"]["IncidentAnswer"];
        };
        /** @description `new_password`: the owner's own, where somebody else set the present one. */
        ConfirmForm: {
            code: string;
            /** @default  */
            new_password?: string;
        };
        /** @description A token that an act said later carries back, and the console's time. Empty: none can be made now; the page keeps the one it has. */
        ContactAnswer: {
            contact: string;
            now: number;
        };
        /** @description The week from `from_at` planned again from `to_at` on, of one unit (a company's own). */
        Copy: {
            from_at: number;
            to_at: number;
            unit_id?: string | null;
        };
        /** @description `clock_off_s`: seconds that the device's clock is ahead. */
        CorrectedClockAnswer: {
            clock_off_s: number;
            device_id: string;
        };
        /**
         * @description An area's cells by state, and the one that waits longest. `required_s`: a place must be passed that often; `share`: of the cells
         *         that were.
         */
        CoverageAnswer: {
            area_id: string;
            covered: number;
            due: number;
            left_out: number;
            overdue: number;
            required_s: number;
            share: number;
            unseen: number;
            worst_cell: string | null;
            worst_s: number | null;
        };
        /** @description Every area, by id. */
        CoveragesAnswer: {
            items: components["schemas"]["CoverageAnswer"][];
            now: number;
        };
        /** @description An entry of a stream that could not be taken, without its body. */
        DeadLetterAnswer: {
            at: number;
            bytes: number;
            entry_id: string;
            id: string;
            reason: string;
            stream: string;
            why: string;
        };
        /** @description The beginning of a body as text. `more`: how many characters follow. */
        DeadLetterBodyAnswer: {
            body: string;
            more: number;
        };
        /** @description A page of dead letters, the newest first. */
        DeadLettersAnswer: {
            held: components["schemas"]["DeadLettersHeldAnswer"];
            items: components["schemas"]["DeadLetterAnswer"][];
            next: string | null;
        };
        /** @description All that are kept; `gone`: how many went since there was no room. */
        DeadLettersHeldAnswer: {
            bytes: number;
            gone: number;
            letters: number;
        };
        /** @description A desk that was left with a line, and taken over by another. */
        DeskHandOverAnswer: {
            counts: components["schemas"]["LeftAnswer"];
            from_at: number;
            given_at: number;
            given_by: string;
            given_by_id: string;
            id: string;
            note: string;
            taken_at: number | null;
            taken_by: string;
            taken_by_id: string;
        };
        /** @description Those that wait, the oldest first, then the last ones taken. `counts`: what is left now. */
        DeskHandOversAnswer: {
            counts: components["schemas"]["LeftAnswer"];
            items: components["schemas"]["DeskHandOverAnswer"][];
        };
        /** @description An enrolled phone or terminal. */
        DeviceAnswer: {
            clock_off_s: number;
            clock_seen_s: number | null;
            /** @enum {unknown} */
            coord_sys: "bd09" | "gcj02" | "wgs84";
            enrolled_at: number | null;
            guard: components["schemas"]["GuardAnswer"];
            guard_id: string;
            id: string;
            /** @enum {unknown} */
            kind: "phone" | "terminal";
            register_no: number;
            register_until: number | null;
            registration: components["schemas"]["RegistrationAnswer"] | null;
            revoked_at: number | null;
            terminal_no: string | null;
            version: number;
        };
        /** @description The new device. */
        DeviceEnrolledAnswer: {
            device: components["schemas"]["EnrolledAnswer"];
        };
        /** @description A page of devices, by id. `total`: all that were asked for. */
        DevicesAnswer: {
            items: components["schemas"]["DeviceAnswer"][];
            next: string | null;
            total: number;
        };
        /** @description Devices that answered, those without a camera of ours first. */
        DiscoveryAnswer: {
            asked: string[];
            cut: boolean;
            items: components["schemas"]["FoundDeviceAnswer"][];
            silent: string[];
            unread: number;
        };
        /** @description A guard sent to an incident (`dispatch_view`). Times are epoch seconds; places WGS-84; `called_by` by name. */
        DispatchAnswer: {
            accepted_at: number | null;
            arrived_at: number | null;
            arrived_fix_id: string | null;
            called_at: number;
            called_by: string;
            called_by_id: string;
            distance_m: number | null;
            done_at: number | null;
            done_note: string;
            guard: components["schemas"]["SentGuardAnswer"];
            guard_id: string;
            id: string;
            incident_id: string;
            instruction: string;
            lat: number;
            lon: number;
            place_name: string;
            refused_at: number | null;
            refused_code: ("alone_at_night" | "busy" | "on_break" | "unable" | "unlawful" | "unsafe") | "";
            refused_found: components["schemas"]["RefusalFoundAnswer"];
            refused_reason: string;
            review: ("dismissed" | "upheld") | null;
            review_note: string;
            reviewed_at: number | null;
            reviewed_by: string | null;
            said_accuracy_m: number | null;
            said_at: number | null;
            said_lat: number | null;
            said_lon: number | null;
            said_off_m: number | null;
            said_received_at: number | null;
            shift_id: string;
            /** @enum {unknown} */
            state: "accepted" | "arrived" | "called" | "cancelled" | "done" | "refused";
            still_at: number | null;
            still_lat: number | null;
            still_lon: number | null;
            unit: components["schemas"]["NamedAnswer"];
            unit_id: string;
        };
        /**
         * @description A dispatch that came to an end. `counted`: confirmed (arrived), contradicted (refused, and a person upheld it), else
         *         unknown. Of a refusal: its reason, and `review` as in `CallOutcome`.
         */
        DispatchOutcome: {
            /** @default null */
            arrived_at?: number | null;
            /** @default null */
            arrived_fix_id?: string | null;
            called_at: number;
            counted: string;
            id: string;
            /** @default  */
            refused?: string;
            /** @default  */
            review?: string;
        };
        /** @description How many fixes have a doubt; of a `wrong_coord_sys` also which system and how far off it put them (metres). */
        DoubtCount: {
            count: number;
            kind: string;
            /** @default null */
            off_m?: number | null;
            /** @default null */
            system?: string | null;
        };
        Drafts: {
            area_id?: string | null;
            code: string;
            items: components["schemas"]["Chosen"][];
            /** @default  */
            password?: string;
            prefix: string;
            /** @default  */
            user?: string;
        };
        /** @description Ids of the cameras that were added. */
        DraftsAnswer: {
            added: string[];
        };
        /** @description A draw with what is needed to repeat it (`draw_view`): the first `size` of the pool in order of sha256(seed + ":" + guard id). */
        DrawAnswer: {
            at: number;
            chosen: string[];
            drawn_by: string;
            drawn_by_id: string;
            excluded: components["schemas"]["DrawExcludedAnswer"][];
            hash: string | null;
            id: string;
            pool: components["schemas"]["DrawnFromAnswer"][];
            reason: string;
            seed: string;
            seq: number;
            size: number;
        };
        /** @description A draw beside a call that came of it (`draw_brief`). */
        DrawBriefAnswer: {
            at: number;
            drawn_by: string;
            drawn_by_id: string;
            id: string;
            reason: string;
            size: number;
        };
        /** @description A guard on shift who was not in the pool. `reason`: running (a call), on_break or busy (on an incident). */
        DrawExcludedAnswer: {
            guard_id: string;
            reason: string;
            shift_id: string;
        };
        /**
         * @description A page's word: it has drawn that canary. `pushed_at`: as the push said it; milliseconds since that was heard, by the page's own
         *     counter: when it was drawn, and when this is told.
         */
        Drawn: {
            drawn_ms: number;
            id: string;
            pushed_at: number;
            told_ms: number;
        };
        /** @description A draw that was made, and the calls that came of it. */
        DrawnAnswer: {
            draw: components["schemas"]["DrawAnswer"];
            point_calls: components["schemas"]["PointCallAnswer"][];
        };
        DrawnForm: {
            drawn: components["schemas"]["Drawn"][];
        };
        /** @description One guard in the pool of a draw, on which shift. */
        DrawnFromAnswer: {
            guard_id: string;
            shift_id: string;
        };
        /** @description A zone after it was drawn. `record`: the same as workers follow it, whole. */
        DrawnZoneAnswer: {
            record: components["schemas"]["Zone"];
            zone: components["schemas"]["ZoneAnswer"];
        };
        /** @description A draw with the calls that came of it. */
        DrawWithCallsAnswer: {
            at: number;
            chosen: string[];
            drawn_by: string;
            drawn_by_id: string;
            excluded: components["schemas"]["DrawExcludedAnswer"][];
            hash: string | null;
            id: string;
            point_calls: components["schemas"]["PointCallAnswer"][];
            pool: components["schemas"]["DrawnFromAnswer"][];
            reason: string;
            seed: string;
            seq: number;
            size: number;
        };
        /** @description What somebody's duty came to in a time (`console.duty.month.Figures`). `_h` and `hours`: hours; `_min`: minutes; others count shifts. */
        DutyFiguresAnswer: {
            absent: number;
            absent_min: number;
            early: number;
            early_min: number;
            excused: number;
            hours: number;
            late: number;
            late_min: number;
            planned: number;
            planned_h: number;
            present: number;
            score: number | null;
            trend: number | null;
        };
        /** @description A guard whose certificate ends soon; `over`: it has ended. */
        EndingCertificateAnswer: {
            call_sign: string;
            cert_valid_until: string | null;
            default_area_id: string | null;
            id: string;
            name: string;
            notice_signed: boolean;
            over: boolean;
            phone: string;
            unit: components["schemas"]["UnitBriefAnswer"];
            unit_id: string;
        };
        /** @description `terminal_no`: a JT/T 808 terminal's own number; without it a phone. */
        Enrol: {
            /**
             * @default wgs84
             * @enum {string}
             */
            coord_sys?: "wgs84" | "gcj02" | "bd09";
            guard_id: string;
            terminal_no?: string | null;
        };
        /**
         * @description A device that was enrolled: a phone with its credential, which is shown this once, or a terminal with the time in which it may
         *         register.
         */
        EnrolledAnswer: {
            address?: string;
            credential?: string;
            device_id: string;
            register_until?: number;
            terminal_no?: string;
        };
        /** @description The log-in is complete. `recovery_codes`: where a second factor was just set up, in no other answer; else empty. */
        EnteredAnswer: {
            csrf: string;
            recovery_codes: string[];
        };
        EntryChangeForm: {
            /** @default  */
            note?: string;
            /** @enum {string} */
            state: "excused" | "cancelled";
        };
        /** @description An escalation with what its alert is about. */
        EscalatedAlertAnswer: {
            alert_id: string;
            at: number;
            camera: components["schemas"]["NamedAnswer"];
            id: string;
            priority: number;
            received_at: number;
            /** @enum {unknown} */
            seat: "leader" | "second";
            situation: string;
            step: number;
            taken_at: number | null;
            taken_by: string | null;
            zone_name: string;
        };
        /** @description An alert that was put on a seat's list. `taken_by`: the name of who sees to it, None: nobody yet. */
        EscalationAnswer: {
            at: number;
            id: string;
            /** @enum {unknown} */
            seat: "leader" | "second";
            step: number;
            taken_at: number | null;
            taken_by: string | null;
        };
        /** @description Escalations of one seat. `p50`, `p95`: seconds until somebody took them, None where nobody did; `few`: too few to say much. */
        EscalationCountAnswer: {
            by: components["schemas"]["TakerAnswer"][];
            few: boolean;
            p50: number | null;
            p95: number | null;
            raised: number;
            /** @enum {unknown} */
            seat: "leader" | "second";
            taken: number;
        };
        /** @description None where the evidence lies in no folder of this machine. */
        EvidenceDiskAnswer: {
            disk: components["schemas"]["EvidenceRoomAnswer"] | null;
        };
        /** @description The hold that was set. */
        EvidenceHeldAnswer: {
            hold: components["schemas"]["EvidenceHoldAnswer"];
        };
        /** @description Whose picture and clip must not be purged. */
        EvidenceHoldAnswer: {
            alert_id: string;
            held_at: number;
            held_by: string;
            reason: string;
        };
        /** @description `keep_days`: the county's term in days; `holds`: the newest 200. */
        EvidenceKeepingAnswer: {
            holds: components["schemas"]["EvidenceHoldAnswer"][];
            keep_days: number;
        };
        /** @description The disk of the evidence, in bytes. `tight`: copies that can be made again are removed. */
        EvidenceRoomAnswer: {
            free: number;
            /** @enum {unknown} */
            level: "ok" | "tight" | "warn";
            total: number;
        };
        /** @description `clear`: without blurring anybody. */
        ExportForm: {
            alert_id: string;
            case_ref: string;
            /** @default false */
            clear?: boolean;
            /** @enum {string} */
            purpose: "incident" | "case" | "complaint" | "appeal";
            /** @enum {string} */
            what: "picture" | "clip";
        };
        /** @description The second factor of an account that needs one. Times are epoch seconds. */
        FactorAnswer: {
            codes_left: number | null;
            disabled: boolean;
            grace_until: number | null;
            id: string;
            link_until: number | null;
            made_at: number | null;
            name: string;
            /** @enum {unknown} */
            role: "auditor" | "company" | "grid" | "guard" | "leader" | "officer" | "operator" | "party" | "secadmin" | "sysadmin" | "wall";
            state: string;
            username: string;
            way: string | null;
            why_not: string;
        };
        /** @description A link that was made; the code is in no other answer. */
        FactorLinkAnswer: {
            code: string;
            name: string;
            until: number;
            username: string;
        };
        /** @description Somebody asked that a second factor be taken away. People stand by name, their ids beside. */
        FactorResetAnswer: {
            account: components["schemas"]["AccountBriefAnswer"];
            approved: boolean | null;
            asked_at: number;
            asked_by: string;
            asked_by_id: string;
            decided_at: number | null;
            decided_by: string | null;
            decided_by_id: string | null;
            id: string;
            reason: string;
        };
        /** @description The reset after it was asked for or decided. */
        FactorResetDoneAnswer: {
            reset: components["schemas"]["FactorResetAnswer"];
        };
        /** @description A failed log-in as the register has it. */
        FailedLogInAnswer: {
            account_id: string | null;
            address: string;
            at: number;
            failures: number | null;
            known_browser: boolean;
            name: string;
            seq: number;
            step: string;
        };
        FalseAlarm: {
            reason: string;
        };
        /** @description Alerts of a month (`2026-10`, by the county's clock), and how many were false. `false_share`: of all; None while there are few. */
        FalseMonthAnswer: {
            alerts: number;
            false: number;
            false_share: components["schemas"]["Bounded"] | null;
            from_at: number;
            month: string;
            reasons: {
                [key: string]: number;
            };
            to_at: number;
        };
        /** @description Where the detector gives boxes of nothing, as a camera's tracker learned. */
        FalsePlace: {
            at: number;
            box: [
                number,
                number,
                number,
                number
            ];
            family: string;
            seconds: number;
        };
        /** @description A reason why an alarm was false. `enabled` false: it is no longer offered. */
        FalseReasonAnswer: {
            enabled: boolean;
            id: string;
            name: string;
            name_en: string;
        };
        /** @description A reason, and how many alerts of the month it was given. */
        FalseReasonCountAnswer: {
            count: number;
            enabled: boolean;
            id: string;
            name: string;
            name_en: string;
        };
        /** @description Why alerts of a month (`2026-10`) were false; the most frequent first. */
        FalseReasonMonthAnswer: {
            items: components["schemas"]["FalseReasonCountAnswer"][];
            month: string;
            total: number;
        };
        /** @description A time in which alerts came too fast. `peak`: most within ten minutes; `lasts`: it had not ended. */
        FloodAnswer: {
            alerts: number;
            from_at: number;
            lasts: boolean;
            peak: number;
            to_at: number;
        };
        /** @description How many places of false boxes the camera's worker forgot. */
        ForgottenAnswer: {
            forgotten: number;
        };
        ForGuard: {
            guard_id: string;
        };
        /** @description A device that answered in the network. */
        FoundDeviceAnswer: {
            cameras: number;
            hardware: string;
            host: string;
            known: string[];
            maker: string;
            name: string;
        };
        /** @description No fix between these (epoch seconds). */
        Gap: {
            from_at: number;
            to_at: number;
        };
        /** @description A stop with what would go now: files, days of trails, or messages. */
        GoingSweepAnswer: {
            at: number;
            by_camera: components["schemas"]["SweepCameraAnswer"][];
            cameras: number;
            count: number;
            cut_at: number | null;
            decided_at: number | null;
            decided_by: string | null;
            found: {
                [key: string]: number;
            };
            /** @enum {unknown} */
            kind: "evidence" | "files" | "quarantine" | "reports" | "trails";
            looked_at: number;
            newest: number | null;
            note: string;
            number: number;
            oldest: number | null;
            rang_at: number;
            /** @enum {unknown} */
            reason: "clocks" | "many" | "step";
            rings: number;
            state: string;
        };
        /** @description A grid or a police grid without its shape. */
        GridAnswer: {
            alias: string;
            code: string;
            imported_at: number;
            kind: string;
            name: string;
            name_en: string;
            police_code: string | null;
        };
        /**
         * @description What is wrong with grids of a file. `hard`: nothing is imported while it stands. `number`: of the feature, from 1; `m2`: square
         *         metres of an overlap or a gap; `said`: all of it in the language that was asked for.
         */
        GridFaultAnswer: {
            codes: string[];
            hard: boolean;
            key: string;
            lat: number | null;
            lon: number | null;
            m2: number | null;
            number: number | null;
            said: string;
            values: Record<string, unknown>;
        };
        /**
         * @description What a file of grids does. `absent`: grids that stand and are not in it; `faults`: the first of `hard` and `soft` ones; `done`: it
         *         was written.
         */
        GridReportAnswer: {
            absent: number;
            changed: number;
            done: boolean;
            faults: components["schemas"]["GridFaultAnswer"][];
            grids: number;
            hard: number;
            new: number;
            same: number;
            soft: number;
        };
        /** @description A page of grids, by code. `total`: all that were asked for. */
        GridsAnswer: {
            items: components["schemas"]["GridAnswer"][];
            next: string | null;
            total: number;
        };
        /** @description A page of one kind, by id. `total`: all that were asked for. */
        GroundAnswer: {
            items: components["schemas"]["GroundItemAnswer"][];
            next: string | null;
            total: number;
        };
        /** @description An area with all of its checkpoints. */
        GroundAreaAnswer: {
            checkpoints: components["schemas"]["CheckpointAnswer"][];
            id: string;
            key_area: boolean;
            /** @enum {unknown} */
            mode: "four_colour" | "joint_police" | "joint_stations" | "key" | "many_units" | "radiating" | "staggered" | "township";
            name: string;
            name_en: string;
            needed: number;
            polygon: [
                number,
                number
            ][];
            risk: string;
            station_id: string | null;
            windows: [
                number,
                number
            ][];
        };
        /**
         * @description A row in its list. `parts`: how many rows of other kinds belong to it, by kind; `names`: what its references are called, by
         *         field.
         */
        GroundItemAnswer: {
            area_id?: string;
            call_sign?: string;
            cert_no?: string;
            cert_valid_until?: string | null;
            code?: string;
            default_area_id?: string | null;
            from_min?: number;
            id: string;
            key_area?: boolean;
            kind?: string;
            lat?: number;
            lead_guard_id?: string | null;
            left_on?: string | null;
            lon?: number;
            /** @enum {unknown} */
            mode?: "four_colour" | "joint_police" | "joint_stations" | "key" | "many_units" | "radiating" | "staggered" | "township";
            name: string;
            name_en?: string;
            names: {
                [key: string]: components["schemas"]["NameAnswer"];
            };
            needed?: number;
            nfc_id?: string | null;
            notice_signed_at?: number | null;
            parent_id?: string | null;
            parts: {
                [key: string]: number;
            };
            phone?: string;
            polygon?: [
                number,
                number
            ][];
            radius_m?: number;
            risk?: string;
            scan_code?: string | null;
            service_area?: [
                number,
                number
            ][] | null;
            station_id?: string | null;
            strength?: number | null;
            team_id?: string | null;
            to_min?: number;
            unit_id?: string;
            unit_ids?: string[];
            windows?: [
                number,
                number
            ][];
        };
        /** @description What is drawn under a shape that is edited. */
        GroundMapAnswer: {
            areas: components["schemas"]["GroundAreaAnswer"][];
            cameras: components["schemas"]["MapCameraAnswer"][];
            posts: components["schemas"]["PostAnswer"][];
            streets: Record<string, unknown>;
            units: components["schemas"]["UnitAnswer"][];
        };
        /** @description The row as it stands now, and what became of it. */
        GroundPutAnswer: {
            /** @enum {unknown} */
            change: "changed" | "new" | "same";
            row: components["schemas"]["GroundRowAnswer"];
        };
        /** @description A row of who and where. Which fields it has depends on the list: all columns of that kind's table, and no other. */
        GroundRowAnswer: {
            area_id?: string;
            call_sign?: string;
            cert_no?: string;
            cert_valid_until?: string | null;
            code?: string;
            default_area_id?: string | null;
            from_min?: number;
            id: string;
            key_area?: boolean;
            kind?: string;
            lat?: number;
            lead_guard_id?: string | null;
            left_on?: string | null;
            lon?: number;
            /** @enum {unknown} */
            mode?: "four_colour" | "joint_police" | "joint_stations" | "key" | "many_units" | "radiating" | "staggered" | "township";
            name: string;
            name_en?: string;
            needed?: number;
            nfc_id?: string | null;
            notice_signed_at?: number | null;
            parent_id?: string | null;
            phone?: string;
            polygon?: [
                number,
                number
            ][];
            radius_m?: number;
            risk?: string;
            scan_code?: string | null;
            service_area?: [
                number,
                number
            ][] | null;
            station_id?: string | null;
            strength?: number | null;
            team_id?: string | null;
            to_min?: number;
            unit_id?: string;
            unit_ids?: string[];
            windows?: [
                number,
                number
            ][];
        };
        /** @description A guard as pickers and lists show him (`guard_view`). */
        GuardAnswer: {
            call_sign: string;
            cert_valid_until: string | null;
            default_area_id: string | null;
            id: string;
            name: string;
            notice_signed: boolean;
            unit: components["schemas"]["UnitBriefAnswer"];
            unit_id: string;
        };
        /** @description The numbers that reach a guard; empty where nobody entered one. */
        GuardContactAnswer: {
            call_sign: string;
            guard_id: string;
            name: string;
            phone: string;
            unit_phone: string;
        };
        /** @description A guard, and the phone that is bound or waits for its code; None: neither. */
        GuardPhoneAnswer: {
            guard: components["schemas"]["GuardAnswer"];
            phone: components["schemas"]["PhoneAnswer"] | null;
        };
        HandOverForm: {
            note: string;
        };
        /** @description A hand-over or a relief between two guards; it stands once the other one accepts. */
        HandOverOfferAnswer: {
            accepted_at: number | null;
            area_id: string;
            from_guard_id: string;
            from_name: string;
            from_shift_id: string;
            id: string;
            kind: string;
            note: string;
            offered_at: number;
            post_id: string | null;
            refused_at: number | null;
            to_guard_id: string;
            to_shift_id: string | null;
            unit_id: string;
        };
        /** @description All that stands on the hand-over sheet of a shift that began at `from_at`. */
        HandOverSheetAnswer: {
            alerts: components["schemas"]["SheetAlertsAnswer"];
            at: number;
            cameras: components["schemas"]["SheetCamerasAnswer"];
            from_at: number;
            incidents: components["schemas"]["SheetListAnswer_SheetIncidentAnswer_"];
            line: components["schemas"]["SheetLineAnswer"] | null;
            missing: components["schemas"]["SheetListAnswer_SheetMissingAnswer_"];
            place: components["schemas"]["NameAnswer"] | null;
            point_calls: components["schemas"]["SheetListAnswer_SheetPointCallAnswer_"];
            printed_by: string;
            promised: components["schemas"]["SheetListAnswer_OpenPromiseAnswer_"];
            /** @enum {unknown} */
            role: "auditor" | "company" | "grid" | "guard" | "leader" | "officer" | "operator" | "party" | "secadmin" | "sysadmin" | "wall";
            seals: components["schemas"]["SheetSealAnswer"][];
            shelved: components["schemas"]["SheetShelvesAnswer"];
            short: components["schemas"]["SheetListAnswer_SheetShortAnswer_"];
            sos: components["schemas"]["SheetListAnswer_SheetSosAnswer_"];
            tasks: components["schemas"]["SheetListAnswer_SheetTaskAnswer_"];
            units: components["schemas"]["SheetUnitsAnswer"];
        };
        /** @description What is up. It comes with 503 where Redis or the database is not ok. */
        HealthAnswer: {
            database: string;
            line: {
                [key: string]: components["schemas"]["WorkerLineAnswer"];
            } | null;
            receiver_lag: number | null;
            redis: string;
            redis_why?: string;
            relay: number | null;
            workers: string[];
        };
        /** @description Whose desk has it. It lapses at `until` unless that page says again that it is there. */
        HeldByAnswer: {
            account_id: string;
            name: string;
            since: number;
            until: number;
        };
        /** @description Whom a guard can ring; the police has no name here. */
        HelpNumberAnswer: {
            /** @enum {unknown} */
            kind: "company" | "police" | "station";
            name: string;
            name_en: string;
            phone: string;
        };
        HoldForm: {
            reason: string;
        };
        Hours: {
            days: number[];
            from_minute: number;
            to_minute: number;
        };
        /** @description How long a cell waited in a day's planned time, in seconds. `over`: longer than required. Left-out cells have no figures. */
        IdleCellAnswer: {
            at?: number | null;
            average_s?: number;
            by?: string | null;
            cell: string;
            over?: boolean;
            /** @enum {unknown} */
            state: "covered" | "due" | "left_out" | "overdue" | "unseen";
            visits?: number;
            why?: string;
            worst_s?: number;
        };
        /** @description An area's cells over a county day, from `from_at` to `to_at`. */
        IdleCellsAnswer: {
            average_s: number;
            coverage: components["schemas"]["CoverageAnswer"];
            features: components["schemas"]["CellFeatureAnswer_IdleCellAnswer_"][];
            from_at: number;
            over: number;
            planned_s: number;
            required_s: number;
            to_at: number;
            /** @enum {unknown} */
            type: "FeatureCollection";
            worst_s: number;
        };
        /** @description An incident with everybody who was called to it, in order, and its timeline. */
        IncidentAnswer: {
            alert_id: string;
            camera_id: string;
            closed_at: number | null;
            closed_by: string | null;
            dispatches: components["schemas"]["IncidentDispatchAnswer"][];
            handled_at: number | null;
            id: string;
            lat: number | null;
            lon: number | null;
            note: string;
            opened_at: number;
            opened_by: string;
            place_name: string;
            place_name_en: string;
            priority: number;
            situation: string;
            /** @enum {unknown} */
            state: "closed" | "handled" | "open" | "withdrawn";
            timeline: components["schemas"]["StepAnswer"][];
        };
        /** @description A guard who was called to the incident, with the pictures that he took there, the oldest first. */
        IncidentDispatchAnswer: {
            accepted_at: number | null;
            arrived_at: number | null;
            arrived_fix_id: string | null;
            called_at: number;
            called_by: string;
            called_by_id: string;
            distance_m: number | null;
            done_at: number | null;
            done_note: string;
            guard: components["schemas"]["ReachedGuardAnswer"];
            guard_id: string;
            id: string;
            incident_id: string;
            instruction: string;
            lat: number;
            lon: number;
            pictures: components["schemas"]["TaskPictureAnswer"][];
            place_name: string;
            refused_at: number | null;
            refused_code: ("alone_at_night" | "busy" | "on_break" | "unable" | "unlawful" | "unsafe") | "";
            refused_found: components["schemas"]["RefusalFoundAnswer"];
            refused_reason: string;
            review: ("dismissed" | "upheld") | null;
            review_note: string;
            reviewed_at: number | null;
            reviewed_by: string | null;
            said_accuracy_m: number | null;
            said_at: number | null;
            said_lat: number | null;
            said_lon: number | null;
            said_off_m: number | null;
            said_received_at: number | null;
            shift_id: string;
            /** @enum {unknown} */
            state: "accepted" | "arrived" | "called" | "cancelled" | "done" | "refused";
            still_at: number | null;
            still_lat: number | null;
            still_lon: number | null;
            unit: components["schemas"]["NamedAnswer"];
            unit_id: string;
        };
        /** @description `stuck`: all its tasks that did not go on, the oldest first. */
        IncidentInFullAnswer: {
            alert_id: string;
            camera_id: string;
            closed_at: number | null;
            closed_by: string | null;
            dispatches: components["schemas"]["IncidentDispatchAnswer"][];
            handled_at: number | null;
            id: string;
            lat: number | null;
            lon: number | null;
            note: string;
            opened_at: number;
            opened_by: string;
            place_name: string;
            place_name_en: string;
            priority: number;
            situation: string;
            /** @enum {unknown} */
            state: "closed" | "handled" | "open" | "withdrawn";
            stuck: components["schemas"]["PastStuckAnswer"][];
            timeline: components["schemas"]["StepAnswer"][];
        };
        /** @description `picture`: its alert's can be seen. */
        IncidentInListAnswer: {
            alert_id: string;
            camera_id: string;
            closed_at: number | null;
            closed_by: string | null;
            dispatches: components["schemas"]["IncidentDispatchAnswer"][];
            handled_at: number | null;
            id: string;
            lat: number | null;
            lon: number | null;
            note: string;
            opened_at: number;
            opened_by: string;
            picture: boolean;
            place_name: string;
            place_name_en: string;
            priority: number;
            situation: string;
            /** @enum {unknown} */
            state: "closed" | "handled" | "open" | "withdrawn";
            timeline: components["schemas"]["StepAnswer"][];
        };
        /** @description A whole list. */
        Items_BulkAnswer_: {
            items: components["schemas"]["BulkAnswer"][];
        };
        /** @description A whole list. */
        Items_CaseOfferAnswer_: {
            items: components["schemas"]["CaseOfferAnswer"][];
        };
        /** @description A whole list. */
        Items_CommentAnswer_: {
            items: components["schemas"]["CommentAnswer"][];
        };
        /** @description A whole list. */
        Items_MakerAnswer_: {
            items: components["schemas"]["MakerAnswer"][];
        };
        /** @description A whole list. */
        Items_RosterEntryAnswer_: {
            items: components["schemas"]["RosterEntryAnswer"][];
        };
        /** @description A whole list. */
        Items_SavedViewAnswer_: {
            items: components["schemas"]["SavedViewAnswer"][];
        };
        /** @description A whole list. */
        Items_SealLine_: {
            items: components["schemas"]["SealLine"][];
        };
        /** @description A whole list. */
        Items_SpotCheckAnswer_: {
            items: components["schemas"]["SpotCheckAnswer"][];
        };
        /** @description `judged`: ids of the alerts that were judged now. */
        JudgedTogetherAnswer: {
            conflicts: components["schemas"]["NotJudgedAnswer"][];
            judged: string[];
        };
        /** @description One judgement of several alerts that were looked at; `reason` with `false`. */
        JudgeTogetherForm: {
            alert_ids: string[];
            /** @enum {string} */
            how: "false" | "ignored";
            /** @default  */
            reason?: string;
        };
        /** @description The promise that was kept. */
        KeptPromiseAnswer: {
            promise: components["schemas"]["PromiseAnswer"];
        };
        /** @description The view as it is kept now. */
        KeptViewAnswer: {
            view: components["schemas"]["SavedViewAnswer"];
        };
        Leave: {
            from_at: number;
            reason: string;
            to_at: number;
        };
        /**
         * @description How many are left: alerts in the queue (`open`) and on shelves, promises, tasks under way (`sent`), incidents that wait for their
         *         end (`handled`).
         */
        LeftAnswer: {
            handled: number;
            open: number;
            promised: number;
            sent: number;
            shelved: number;
        };
        /** @description Until when a terminal may register. */
        LetRegisterAnswer: {
            register_until: number;
        };
        /** @description What a line of a score was computed from: the figures of that line, and all facts, visits, calls and tasks of the shift. */
        LineEvidenceAnswer: {
            checkpoints: components["schemas"]["NamedAnswer"][];
            denominator: number;
            dispatches: components["schemas"]["DispatchAnswer"][];
            evidence: components["schemas"]["MeasureEvidence"];
            facts: components["schemas"]["ShiftFacts"];
            facts_version: number;
            line: string;
            numerator: number;
            out_of: number;
            point_calls: components["schemas"]["PointCallAnswer"][];
            points: number;
            shift_id: string;
            visits: components["schemas"]["VisitAnswer"][];
        };
        /** @description A time in which a worker's alerts were late, or nothing came of it. `to_at` None: it lasts. */
        LineFaultAnswer: {
            from_at: number;
            reason: string;
            to_at: number | null;
            worker: string;
        };
        Lines: {
            items: components["schemas"]["ReasonForm"][];
        };
        /** @description What follows the # of the link, and the present password. */
        LinkForm: {
            link: string;
            password: string;
        };
        /** @description A camera of the list. Its addresses and what is said of its login are there only for who sets cameras up. */
        ListedCameraAnswer: {
            active: boolean | null;
            area_id: string | null;
            bearing: number | null;
            clock_error_s: number | null;
            code: string;
            codec: string | null;
            detail: string | null;
            dropped: number | null;
            due_rate: number | null;
            enabled: boolean;
            false_places: components["schemas"]["FalsePlace"][] | null;
            fov: number | null;
            fps: number | null;
            group_s: number | null;
            has_password?: boolean;
            height: number | null;
            id: string;
            keep_days: number | null;
            last_frame_at: number | null;
            lat: number | null;
            lon: number | null;
            looked_rate: number | null;
            masks: [
                number,
                number
            ][][];
            name: string;
            name_en: string;
            priority: number;
            range_m: number | null;
            read_by: string | null;
            read_detail: string | null;
            read_why: string | null;
            /** @enum {unknown} */
            reason: "" | "bad_address" | "behind" | "black" | "blurred" | "busy" | "clock_jump" | "covered" | "ended" | "frozen" | "moved" | "no_picture" | "no_worker" | "not_found" | "overexposed" | "quarantined" | "refused" | "silent" | "slow" | "starting" | "unauthorised" | "unreachable" | "unreadable" | "wrong_codec";
            reconnects: number | null;
            /** @enum {unknown} */
            sampling: "full" | "gated" | "key_frames";
            since: number | null;
            /** @enum {unknown} */
            state: "disabled" | "fault" | "ok" | "starting" | "unknown";
            /** @enum {unknown} */
            state_reason: "" | "bad_address" | "behind" | "black" | "blurred" | "busy" | "clock_jump" | "covered" | "ended" | "frozen" | "moved" | "no_picture" | "no_worker" | "not_found" | "overexposed" | "quarantined" | "refused" | "silent" | "slow" | "starting" | "unauthorised" | "unreachable" | "unreadable" | "wrong_codec";
            sub_apart?: boolean;
            sub_url?: string | null;
            /** @enum {unknown} */
            transport: "tcp" | "udp";
            url?: string;
            user?: string;
            version: number;
            watched_since: number | null;
            width: number | null;
            worker: string | null;
            zones: components["schemas"]["ZoneAnswer"][];
        };
        /** @description With the list of its files. */
        ListedPurgeCertificateAnswer: {
            alerts: number;
            at: number;
            bytes: number;
            digest: string;
            files: number;
            first_at: number;
            items: [
                string,
                string,
                string,
                number
            ][];
            keep_days: number;
            last_at: number;
            number: number;
        };
        /** @description Why an officer looks at guards live, for which case, and until when. */
        LiveLookAnswer: {
            case_ref: string;
            /** @enum {unknown} */
            purpose: "appeal" | "case" | "complaint" | "incident" | "maintenance" | "point_call" | "spot_check";
            until: number;
        };
        /** @description A look that began. */
        LiveLookBegunAnswer: {
            look: components["schemas"]["LiveLookAnswer"];
            now: number;
        };
        /** @description The look that lasts now; None: there is none. */
        LiveLookNowAnswer: {
            look: components["schemas"]["LiveLookAnswer"] | null;
            now: number;
        };
        /**
         * @description After the right password. Without `step` the log-in is complete: `account` and `csrf`. With `step` a second factor comes first:
         *         `code` asks for its code until then; `set_up` has what an authenticator is to be given, as in SetUpStepAnswer.
         */
        LogInAnswer: {
            account?: components["schemas"]["OwnAccountAnswer"];
            address?: string;
            csrf?: string;
            least_password?: number;
            new_password?: boolean;
            secret?: string;
            /** @enum {unknown} */
            step?: "code" | "set_up";
            until?: number;
            username?: string;
        };
        /** @description The log-in form. */
        LogInForm: {
            password: string;
            username: string;
        };
        /** @description A user name that is locked for one address or browser. */
        LogInLockAnswer: {
            address: string;
            failures: number;
            key: string;
            last_at: number;
            name: string;
            until: number;
        };
        /** @description A look at a guard, as the guard sees it (`looks_at`). */
        LookAtGuardAnswer: {
            at: number;
            by: string;
            case_ref: string | null;
            from_at: number | null;
            kind: string;
            purpose: ("alert_judging" | "appeal" | "case" | "complaint" | "duty" | "incident" | "live_watch" | "maintenance" | "own" | "point_call" | "set_up" | "spot_check") | null;
            role: ("auditor" | "company" | "grid" | "guard" | "leader" | "officer" | "operator" | "party" | "secadmin" | "sysadmin" | "wall") | null;
            to_at: number | null;
        };
        /** @description What is asked for and why: a closed list of purposes (the judging of alerts and one's own are not among them). */
        LookForm: {
            /** @default  */
            case_ref?: string;
            from_at: number;
            guard_id: string;
            /** @enum {string} */
            purpose: "incident" | "point_call" | "spot_check" | "appeal" | "complaint" | "case" | "maintenance";
            to_at: number;
        };
        /**
         * @description A camera maker. `main`, `sub`: paths of its streams, in which `{channel}` is the channel from 1 on and `{channel:02}` the same with two
         *         digits; `sub` empty: none is known.
         */
        MakerAnswer: {
            en: string;
            id: string;
            main: string;
            marks: string[];
            port: number;
            sub: string;
            zh: string;
        };
        /** @description An area now: guards needed, planned and on shift; `absent`: planned, and nobody stands there. */
        ManningAnswer: {
            absent: number;
            area_id: string;
            name: string;
            name_en: string;
            needed: number;
            on_shift: number;
            planned: number;
        };
        /** @description All areas, as of `now`. */
        ManningNowAnswer: {
            items: components["schemas"]["ManningAnswer"][];
            now: number;
        };
        /** @description All that the map draws beside guards and alerts. */
        MapAnswer: {
            areas: components["schemas"]["MapAreaAnswer"][];
            cameras: components["schemas"]["MapCameraAnswer"][];
            streets: Record<string, unknown>;
            units: components["schemas"]["UnitAnswer"][];
        };
        /** @description An area with its checkpoints, without their codes. */
        MapAreaAnswer: {
            checkpoints: components["schemas"]["MapCheckpointAnswer"][];
            id: string;
            key_area: boolean;
            /** @enum {unknown} */
            mode: "four_colour" | "joint_police" | "joint_stations" | "key" | "many_units" | "radiating" | "staggered" | "township";
            name: string;
            name_en: string;
            needed: number;
            polygon: [
                number,
                number
            ][];
            risk: string;
            station_id: string | null;
            windows: [
                number,
                number
            ][];
        };
        /** @description A camera as the map draws it: where it looks (`bearing`, `fov` in degrees, `range_m` in metres) and how it does now. */
        MapCameraAnswer: {
            area_id: string | null;
            bearing: number | null;
            fov: number | null;
            id: string;
            lat: number | null;
            lon: number | null;
            name: string;
            name_en: string;
            range_m: number | null;
            /** @enum {unknown} */
            state: "disabled" | "fault" | "ok" | "starting" | "unknown";
            /** @enum {unknown} */
            state_reason: "" | "bad_address" | "behind" | "black" | "blurred" | "busy" | "clock_jump" | "covered" | "ended" | "frozen" | "moved" | "no_picture" | "no_worker" | "not_found" | "overexposed" | "quarantined" | "refused" | "silent" | "slow" | "starting" | "unauthorised" | "unreachable" | "unreadable" | "wrong_codec";
        };
        /** @description A checkpoint as maps draw it: a circle of `radius_m` metres. */
        MapCheckpointAnswer: {
            id: string;
            lat: number;
            lon: number;
            name: string;
            name_en: string;
            radius_m: number;
        };
        Masks: {
            masks: [
                number,
                number
            ][][];
        };
        /** @description Who is logged in here, and what a page needs to begin. */
        MeAnswer: {
            account: components["schemas"]["OwnAccountAnswer"];
            csrf: string;
            least_password: number;
            now: number;
            permissions: string[];
            phone: boolean;
            settings: components["schemas"]["PageSettingsAnswer"];
        };
        /** @description Ids and figures that a number came from. */
        MeasureEvidence: {
            /** @default [] */
            apart?: components["schemas"]["CallOutcome"][];
            /** @default [] */
            calls?: components["schemas"]["CallOutcome"][];
            /** @default null */
            confirmed_s?: number | null;
            /** @default [] */
            dispatches?: components["schemas"]["DispatchOutcome"][];
            /** @default null */
            first_fix_id?: string | null;
            /** @default null */
            fixes?: number | null;
            /** @default null */
            last_fix_id?: string | null;
            /** @default [] */
            not_visited?: string[];
            /** @default null */
            outside_s?: number | null;
            /** @default [] */
            unknown?: string[];
            /** @default null */
            unknown_s?: number | null;
            /** @default [] */
            visits?: components["schemas"]["VisitFact"][];
        };
        /** @description An entry where nobody stands: the guard's telephone, why, the last shift, and who could come. */
        MissingEntryAnswer: {
            area_id: string;
            area_name: string;
            area_name_en: string;
            begins_at: number;
            covers_id: string | null;
            day: string;
            ends_at: number;
            exception: string;
            guard: components["schemas"]["GuardAnswer"];
            guard_id: string;
            holes: [
                number,
                number,
                "handed_over" | "ill" | "late" | "left" | "no_show" | "operator" | "overdue" | "relieving" | "sent_home"
            ][];
            id: string;
            last_shift: components["schemas"]["ShiftAnswer"] | null;
            missing_since: number | null;
            note: string;
            pattern_id: string | null;
            phone: string;
            post_id: string | null;
            shift_id: string | null;
            stand_ins: components["schemas"]["StandInAnswer"][];
            state: string;
            state_at: number;
            unit_id: string;
            /** @enum {unknown} */
            why: "handed_over" | "ill" | "late" | "left" | "no_show" | "operator" | "overdue" | "relieving" | "sent_home";
        };
        /** @description A month (YYYY-MM), unit by unit, each followed by its guards; one that has not ended counts until `now`. */
        MonthAnswer: {
            certificate_days: number;
            items: components["schemas"]["MonthLineAnswer"][];
            month: string;
            now: number;
        };
        /** @description A guard, or a whole unit where `guard_id` is None. `cert_until`: local day until which the guard's certificate holds. */
        MonthLineAnswer: {
            cert_until: string | null;
            figures: components["schemas"]["DutyFiguresAnswer"];
            guard_id: string | null;
            name: string;
            unit_id: string;
            unit_name: string;
            unit_name_en: string;
        };
        /** @description To this guard and this begin, as long as before. */
        Move: {
            begins_at: number;
            /** @default  */
            exception?: string;
            guard_id: string;
        };
        /** @description Whose pages sound no alert, and until when. */
        MuteAnswer: {
            account_id: string;
            at: number;
            name: string;
            until: number;
        };
        MuteForm: {
            /** @enum {integer} */
            minutes: 5 | 15 | 30;
        };
        /** @description The break as it stands now. */
        MyBreakAnswer: {
            break: components["schemas"]["BreakAnswer"];
        };
        /** @description The check-in with its fate. */
        MyCheckInAnswer: {
            check_in: components["schemas"]["CheckInAnswer"];
        };
        /** @description The guard's duty: what is planned for seven days, and what may be done on the running shift. */
        MyDutyAnswer: {
            break: components["schemas"]["BreakAnswer"] | null;
            break_left_s: number;
            check_ins: components["schemas"]["CheckInAnswer"][];
            colleagues: components["schemas"]["GuardAnswer"][];
            last_shift: components["schemas"]["ShiftAnswer"] | null;
            now: number;
            offers: components["schemas"]["HandOverOfferAnswer"][];
            roster: components["schemas"]["RosterEntryAnswer"][];
        };
        /** @description A planned shift of the month and what became of it; whole minutes late, early and absent. */
        MyDutyLineAnswer: {
            absent_min: number;
            area_name: string;
            area_name_en: string;
            begins_at: number;
            early_min: number;
            ends_at: number;
            late_min: number;
            state: string;
        };
        /** @description The offer as it stands now. */
        MyHandOverAnswer: {
            hand_over: components["schemas"]["HandOverOfferAnswer"];
        };
        /** @description The guard's own figures of a month (YYYY-MM) and of this week. */
        MyMonthAnswer: {
            figures: components["schemas"]["DutyFiguresAnswer"];
            items: components["schemas"]["MyDutyLineAnswer"][];
            month: string;
            now: number;
            week: components["schemas"]["DutyFiguresAnswer"];
            week_from_at: number;
            week_to_at: number;
        };
        /** @description `round` None: off shift. */
        MyRoundAnswer: {
            now: number;
            round: components["schemas"]["RoundAnswer"] | null;
        };
        /** @description The shift that was closed; until `reopen_until` the guard may take it back. */
        MyShiftClosedAnswer: {
            reopen_until: number;
            shift: components["schemas"]["ShiftAnswer"];
        };
        /** @description The guard's call that is open, else the last one; None: never called. */
        MySosAnswer: {
            now: number;
            numbers: components["schemas"]["HelpNumberAnswer"][];
            sos: components["schemas"]["OwnSosAnswer"] | null;
        };
        /** @description The guard's own call as it stands now. */
        MySosDoneAnswer: {
            sos: components["schemas"]["OwnSosAnswer"];
        };
        /** @description All that the page shows first. */
        MyStateAnswer: {
            acts: components["schemas"]["ActAnswer"][];
            contact: string;
            decisions: components["schemas"]["ReviewAnswer"][];
            dispatches: components["schemas"]["TaskAnswer"][];
            guard: components["schemas"]["GuardAnswer"];
            looks: components["schemas"]["LookAtGuardAnswer"][];
            now: number;
            point_calls: components["schemas"]["PointCallAnswer"][];
            score: components["schemas"]["ScoreAnswer"] | null;
            shift: components["schemas"]["ShiftAnswer"] | null;
            tracker: components["schemas"]["TrackerAnswer"] | null;
        };
        /** @description The guard's own trail of the last day. */
        MyTrailAnswer: {
            fixes: components["schemas"]["OwnFixAnswer"][];
            gaps: components["schemas"]["SilenceAnswer"][];
            map: components["schemas"]["TrailMapAnswer"];
        };
        /** @description What something is called; `name_en` may be empty. */
        NameAnswer: {
            name: string;
            name_en: string;
        };
        /** @description A thing by its id and what it is called. */
        NamedAnswer: {
            id: string;
            name: string;
            name_en: string;
        };
        /** @description Guards in the order in which to ask them, those who may not go last. `pair` None: the rule asks for nothing there now. */
        NearestAnswer: {
            candidates: components["schemas"]["CandidateAnswer"][];
            pair: components["schemas"]["PairAnswer"] | null;
            place: components["schemas"]["CalledPlaceAnswer"];
        };
        /** @description A worker's newest canary that a page told of. `total`, `stored`: seconds from its capture. */
        NewestCanaryAnswer: {
            captured_at: number;
            pages: number;
            steps: components["schemas"]["CanaryStepSecondsAnswer"];
            stored: number;
            total: number | null;
            within: number | null;
        };
        /** @description One's own. */
        NewPassword: {
            new: string;
            old: string;
        };
        /** @description `beside`: who goes with that guard; `alone`: why nobody does where two should. */
        Next: {
            /** @default  */
            alone?: string;
            beside?: string[];
            guard_id: string;
        };
        /** @description `due_at`: for when something is promised by it. */
        NoteForm: {
            due_at?: number | null;
            note: string;
        };
        /** @description `{}`: it was done, and there is nothing to say of it. */
        Nothing: Record<string, unknown>;
        /** @description The guard who signed the tracking notice. */
        NoticeSignedAnswer: {
            guard: components["schemas"]["GuardAnswer"];
        };
        /** @description An alert that stayed as it is: judged by another before (`at`, `when`, `state`, `incident_id`), or at another's desk (`since`). */
        NotJudgedAnswer: {
            at?: number;
            by: string;
            id: string;
            incident_id?: string | null;
            since?: number;
            state?: string;
            when?: string;
        };
        /** @description Looks, or exports, of one person that an auditor should ask about. */
        OddLookAnswer: {
            actor_id: string;
            actor_name: string;
            case_ref: string;
            count: number;
            from_at: number;
            guard_ids: string[];
            /** @enum {unknown} */
            rule: "at_night" | "many_exports" | "many_of_one" | "no_check_after" | "one_case_for_many";
            seqs: number[];
            to_at: number;
        };
        /** @description Of the last thirty days. `names`: as in the register. */
        OddLooksAnswer: {
            items: components["schemas"]["OddLookAnswer"][];
            names: {
                [key: string]: string;
            };
            now: number;
        };
        Offer: {
            /**
             * @default hand_over
             * @enum {string}
             */
            kind?: "hand_over" | "relief";
            /** @default  */
            note?: string;
            to_guard_id: string;
        };
        /** @description The alert as it is after the act. */
        OneAlertAnswer: {
            alert: components["schemas"]["AlertInFullAnswer"];
        };
        /** @description The hand-over as it is after the act. */
        OneDeskHandOverAnswer: {
            hand_over: components["schemas"]["DeskHandOverAnswer"];
        };
        /** @description The task as it is after the act. */
        OneDispatchAnswer: {
            dispatch: components["schemas"]["DispatchAnswer"];
        };
        /** @description The incident as it is after the act. */
        OneIncidentAnswer: {
            incident: components["schemas"]["IncidentAnswer"];
        };
        /** @description A desk that is open now. Times are epoch seconds. */
        OpenDeskAnswer: {
            account_id: string;
            alert_id: string | null;
            name: string;
            since: number;
            until: number;
        };
        /** @description A promise that is not kept, with what it is about; `situation` and `priority` None: the alert is gone. */
        OpenPromiseAnswer: {
            alert_id: string;
            due_at: number;
            id: string;
            incident_id: string | null;
            kept_at: number | null;
            kept_by: string;
            made_at: number;
            made_by: string;
            place: components["schemas"]["NameAnswer"];
            priority: number | null;
            situation: string | null;
            words: string;
        };
        OpenShiftForm: {
            area_id?: string | null;
            guard_id: string;
            hours?: number | null;
        };
        /** @description Another rule for a zone, or for all zones of a camera. */
        Other: {
            camera_id: string;
            hours?: components["schemas"]["Hours"][] | null;
            least_height?: number | null;
            points?: [
                number,
                number
            ][] | null;
            /** @default  */
            zone_id?: string;
        };
        /** @description From when until when a camera was blind; `to_at` None: it still is. */
        OutageAnswer: {
            alert_id: string | null;
            camera_id: string;
            detail: string;
            from_at: number;
            reason: string;
            to_at: number | null;
        };
        /** @description The account that is logged in. */
        OwnAccountAnswer: {
            guard_id: string | null;
            id: string;
            name: string;
            /** @enum {unknown} */
            role: "auditor" | "company" | "grid" | "guard" | "leader" | "officer" | "operator" | "party" | "secadmin" | "sysadmin" | "wall";
            unit_id: string | null;
            username: string;
        };
        /** @description `confirm` with a reason: in spite of what is open. */
        OwnCloseForm: {
            /** @default false */
            confirm?: boolean;
            /**
             * @default ended
             * @enum {string}
             */
            how?: "ended" | "ill";
            /** @default  */
            reason?: string;
        };
        /** @description One's own second factor. `codes_left`: recovery codes that were not used; `reset_asked_at`: of a reset that waits. */
        OwnFactorAnswer: {
            codes_left: number;
            made_at: number | null;
            needed: boolean;
            on: boolean;
            reset_asked_at: number | null;
        };
        /** @description A point of a trail, and why it may prove nothing. */
        OwnFixAnswer: {
            accuracy_m: number | null;
            at: number;
            doubts: ("at_rest" | "clock_ahead" | "clock_skew" | "frozen" | "identical_trail" | "inaccurate" | "jump" | "same_moment" | "shared_device" | "shared_position" | "teleport" | "too_fast" | "two_phones" | "wrong_coord_sys")[];
            lat: number;
            lon: number;
            speed_mps: number | null;
        };
        OwnOpenForm: {
            area_id?: string | null;
        };
        /** @description A report as the guard who sent it reads it, with what became of it. */
        OwnReportAnswer: {
            at: number;
            decided_at: number | null;
            decided_note: string;
            dispatch_id: string | null;
            id: string;
            incident_note: string;
            incident_state: ("closed" | "handled" | "open" | "withdrawn") | null;
            kind: ("dispute" | "facility" | "fire" | "hazard" | "help" | "other" | "suspicious" | "traffic") | "task";
            lat: number | null;
            lon: number | null;
            /** @enum {unknown} */
            media_state: "coming" | "here" | "none" | "purged";
            /** @enum {unknown} */
            promised: "" | "photo" | "voice";
            received_at: number;
            /** @enum {unknown} */
            state: "closed" | "incident" | "new" | "task";
            words: string;
        };
        /** @description The guard's report as it stands now. */
        OwnReportDoneAnswer: {
            report: components["schemas"]["OwnReportAnswer"];
        };
        /** @description A call for help as the guard's own page shows it. */
        OwnSosAnswer: {
            /** @enum {unknown} */
            clock: "none" | "right" | "wrong";
            closed_at: number | null;
            closed_by: string | null;
            device_at: number | null;
            id: string;
            known_at: number;
            last_press_at: number;
            late: boolean;
            late_s: number;
            outcome: ("false_press" | "handed_over" | "helped" | "other" | "test") | null;
            place: components["schemas"]["SosPlaceAnswer"] | null;
            presses: number;
            raised_at: number;
            state: string;
            taken_at: number | null;
            taken_by: string | null;
            well_at: number | null;
        };
        /** @description A page of a list; `next`: the cursor of the page after it, None after the last. */
        Page_AccountAnswer_: {
            items: components["schemas"]["AccountAnswer"][];
            next: string | null;
        };
        /** @description A page of a list; `next`: the cursor of the page after it, None after the last. */
        Page_ActAnswer_: {
            items: components["schemas"]["ActAnswer"][];
            next: string | null;
        };
        /** @description A page of a list; `next`: the cursor of the page after it, None after the last. */
        Page_AlertAnswer_: {
            items: components["schemas"]["AlertAnswer"][];
            next: string | null;
        };
        /** @description A page of a list; `next`: the cursor of the page after it, None after the last. */
        Page_CalendarAnswer_: {
            items: components["schemas"]["CalendarAnswer"][];
            next: string | null;
        };
        /** @description A page of a list; `next`: the cursor of the page after it, None after the last. */
        Page_CompanyGuardAnswer_: {
            items: components["schemas"]["CompanyGuardAnswer"][];
            next: string | null;
        };
        /** @description A page of a list; `next`: the cursor of the page after it, None after the last. */
        Page_DispatchAnswer_: {
            items: components["schemas"]["DispatchAnswer"][];
            next: string | null;
        };
        /** @description A page of a list; `next`: the cursor of the page after it, None after the last. */
        Page_FactorAnswer_: {
            items: components["schemas"]["FactorAnswer"][];
            next: string | null;
        };
        /** @description A page of a list; `next`: the cursor of the page after it, None after the last. */
        Page_FactorResetAnswer_: {
            items: components["schemas"]["FactorResetAnswer"][];
            next: string | null;
        };
        /** @description A page of a list; `next`: the cursor of the page after it, None after the last. */
        Page_FailedLogInAnswer_: {
            items: components["schemas"]["FailedLogInAnswer"][];
            next: string | null;
        };
        /** @description A page of a list; `next`: the cursor of the page after it, None after the last. */
        Page_FalseReasonAnswer_: {
            items: components["schemas"]["FalseReasonAnswer"][];
            next: string | null;
        };
        /** @description A page of a list; `next`: the cursor of the page after it, None after the last. */
        Page_GuardAnswer_: {
            items: components["schemas"]["GuardAnswer"][];
            next: string | null;
        };
        /** @description A page of a list; `next`: the cursor of the page after it, None after the last. */
        Page_GuardPhoneAnswer_: {
            items: components["schemas"]["GuardPhoneAnswer"][];
            next: string | null;
        };
        /** @description A page of a list; `next`: the cursor of the page after it, None after the last. */
        Page_IncidentInListAnswer_: {
            items: components["schemas"]["IncidentInListAnswer"][];
            next: string | null;
        };
        /** @description A page of a list; `next`: the cursor of the page after it, None after the last. */
        Page_LogInLockAnswer_: {
            items: components["schemas"]["LogInLockAnswer"][];
            next: string | null;
        };
        /** @description A page of a list; `next`: the cursor of the page after it, None after the last. */
        Page_OpenPromiseAnswer_: {
            items: components["schemas"]["OpenPromiseAnswer"][];
            next: string | null;
        };
        /** @description A page of a list; `next`: the cursor of the page after it, None after the last. */
        Page_OwnReportAnswer_: {
            items: components["schemas"]["OwnReportAnswer"][];
            next: string | null;
        };
        /** @description A page of a list; `next`: the cursor of the page after it, None after the last. */
        Page_PatternAnswer_: {
            items: components["schemas"]["PatternAnswer"][];
            next: string | null;
        };
        /** @description A page of a list; `next`: the cursor of the page after it, None after the last. */
        Page_PointCallAnswer_: {
            items: components["schemas"]["PointCallAnswer"][];
            next: string | null;
        };
        /** @description A page of a list; `next`: the cursor of the page after it, None after the last. */
        Page_PurgeCertificateAnswer_: {
            items: components["schemas"]["PurgeCertificateAnswer"][];
            next: string | null;
        };
        /** @description A page of a list; `next`: the cursor of the page after it, None after the last. */
        Page_ReportAnswer_: {
            items: components["schemas"]["ReportAnswer"][];
            next: string | null;
        };
        /** @description A page of a list; `next`: the cursor of the page after it, None after the last. */
        Page_RosterRequestAnswer_: {
            items: components["schemas"]["RosterRequestAnswer"][];
            next: string | null;
        };
        /** @description A page of a list; `next`: the cursor of the page after it, None after the last. */
        Page_RungAnswer_: {
            items: components["schemas"]["RungAnswer"][];
            next: string | null;
        };
        /** @description A page of a list; `next`: the cursor of the page after it, None after the last. */
        Page_ShelfAnswer_: {
            items: components["schemas"]["ShelfAnswer"][];
            next: string | null;
        };
        /** @description A page of a list; `next`: the cursor of the page after it, None after the last. */
        Page_ShiftAnswer_: {
            items: components["schemas"]["ShiftAnswer"][];
            next: string | null;
        };
        /** @description A page of a list; `next`: the cursor of the page after it, None after the last. */
        Page_SignInAddressAnswer_: {
            items: components["schemas"]["SignInAddressAnswer"][];
            next: string | null;
        };
        /** @description A page of a list; `next`: the cursor of the page after it, None after the last. */
        Page_SignInAnswer_: {
            items: components["schemas"]["SignInAnswer"][];
            next: string | null;
        };
        /** @description A page of a list; `next`: the cursor of the page after it, None after the last. */
        Page_SignInOfAnswer_: {
            items: components["schemas"]["SignInOfAnswer"][];
            next: string | null;
        };
        /** @description A page of a list; `next`: the cursor of the page after it, None after the last. */
        Page_SosAnswer_: {
            items: components["schemas"]["SosAnswer"][];
            next: string | null;
        };
        /** @description A page of a list; `next`: the cursor of the page after it, None after the last. */
        Page_SpotCheckAnswer_: {
            items: components["schemas"]["SpotCheckAnswer"][];
            next: string | null;
        };
        /** @description A page of a list; `next`: the cursor of the page after it, None after the last. */
        Page_StuckNowAnswer_: {
            items: components["schemas"]["StuckNowAnswer"][];
            next: string | null;
        };
        /** @description A page of a list; `next`: the cursor of the page after it, None after the last. */
        Page_SweepStopAnswer_: {
            items: components["schemas"]["SweepStopAnswer"][];
            next: string | null;
        };
        /** @description Settings of the house that pages go by, under the names that they have in `lianqin/settings.py`. */
        PageSettingsAnswer: {
            call_answer_seconds: number;
            demo: boolean;
            desk_idle_seconds: number;
            escalation_seconds: [
                number,
                number,
                number
            ];
            idle_exit_minutes: number;
            map: (components["schemas"]["TilesMapAnswer"] | components["schemas"]["StyleMapAnswer"] | components["schemas"]["PmtilesMapAnswer"]) | null;
            second_factor: boolean;
            stale_fix: number;
            walking_mps: number;
        };
        /** @description The rule of two: so many guards are to go to this key place now, so many are under way. */
        PairAnswer: {
            guards: number;
            name: string;
            name_en: string;
            under_way: number;
        };
        /** @description As an incident's record has it: `ended_by` is a name, the account's id stands in `ended_by_id`. */
        PastStuckAnswer: {
            dispatch_id: string;
            ended_at: number | null;
            ended_by: string;
            ended_by_id: string;
            found_at: number;
            id: string;
            incident_id: string;
            /** @enum {unknown} */
            kind: "overdue" | "refused" | "still" | "unanswered";
            note: string;
            outcome: ("accepted" | "arrived" | "cancelled" | "closed" | "done" | "handled" | "moved" | "next" | "noted" | "refused" | "withdrawn") | "";
            since: number;
        };
        /** @description A unit's usual shift. Minutes count from local midnight; it goes past midnight where it ends before it begins. */
        PatternAnswer: {
            area_id: string | null;
            begins_min: number;
            break_minutes: number;
            ends_min: number;
            id: string;
            name: string;
            post_id: string | null;
            unit_id: string;
        };
        /** @description The template as it stands now. */
        PatternDoneAnswer: {
            pattern: components["schemas"]["PatternAnswer"];
        };
        /** @description A guard's phone. `made_by` and `ended_by` are names, the account ids stand in `made_by_id` and `ended_by_id`. */
        PhoneAnswer: {
            bound_at: number | null;
            ended_at: number | null;
            ended_by: string | null;
            ended_by_id: string | null;
            guard_id: string;
            id: string;
            last_seen_at: number | null;
            made_at: number;
            made_by: string;
            made_by_id: string;
            model: string;
            unit_id: string;
            until: number;
        };
        /** @description A new code to bind a phone, good until `until`. It is told here and nowhere else. */
        PhoneCodeAnswer: {
            code: string;
            phone: components["schemas"]["PhoneAnswer"];
            until: number;
        };
        /** @description One shift, on each of `days` days one after the other. */
        PlanForm: {
            area_id: string;
            begins_at: number;
            /** @default 1 */
            days?: number;
            ends_at: number;
            /** @default  */
            exception?: string;
            guard_id: string;
            /** @default  */
            note?: string;
            post_id?: string | null;
        };
        /** @description How many entries were planned, and what was left out. */
        PlannedByPatternAnswer: {
            count: number;
            left_out: components["schemas"]["UnplannedDayAnswer"][];
        };
        /** @description A stretch of planned time in which each checkpoint had to be visited once. `whole`: each was. */
        PlannedRoundAnswer: {
            excused_s: number;
            from_at: number;
            points: components["schemas"]["RoundSeenAnswer"][];
            to_at: number;
            whole: boolean;
        };
        /** @description A base map in one PMTiles file, at `url`. `vector`: its tiles are vector ones, else pictures. */
        PmtilesMapAnswer: {
            attribution: string;
            gcj02: boolean;
            /** @enum {unknown} */
            kind: "pmtiles";
            max_zoom: number;
            url: string;
            vector: boolean;
        };
        /** @description A point call of one guard (`point_call_view`). Times are epoch seconds; places WGS-84; accounts by name, their ids beside. */
        PointCallAnswer: {
            answer_accuracy_m: number | null;
            answer_by: ("app" | "radio") | null;
            answer_lat: number | null;
            answer_lon: number | null;
            answer_received_at: number | null;
            answered_at: number | null;
            called_at: number;
            called_by: string;
            called_by_id: string;
            draw: components["schemas"]["DrawBriefAnswer"] | null;
            draw_id: string | null;
            evidence: components["schemas"]["CallEvidenceAnswer"];
            guard: components["schemas"]["GuardAnswer"];
            guard_id: string;
            id: string;
            reason: string;
            receipt_at: number | null;
            review: ("dismissed" | "upheld") | null;
            review_note: string;
            reviewed_at: number | null;
            reviewed_by: string | null;
            reviewed_by_id: string | null;
            shift_id: string;
            sign_of_life_at: number | null;
            unit: components["schemas"]["UnitBriefAnswer"];
            unit_id: string;
            verdict: ("confirmed" | "contradicted" | "unknown") | null;
            verdict_at: number | null;
            verdict_reason: ("answered_by_radio" | "answered_inside" | "answered_outside" | "doubtful_place" | "fix_inside" | "fix_outside" | "late_answer" | "lost_channel" | "no_answer" | "no_place" | "no_receipt") | "";
        };
        /** @description The call as it stands now. */
        PointCallDoneAnswer: {
            point_call: components["schemas"]["PointCallAnswer"];
        };
        /** @description Points of those that could be had. `share`: 0 to 1, None where nothing could be scored. */
        PointsAnswer: {
            out_of: number;
            points: number;
            share: number | null;
        };
        /** @description A fixed post or a joint station. It needs `needed` guards from `from_min` to `to_min`, minutes of the day. */
        PostAnswer: {
            area_id: string;
            from_min: number;
            id: string;
            kind: string;
            lat: number;
            lon: number;
            name: string;
            name_en: string;
            needed: number;
            radius_m: number;
            scan_code: string | null;
            to_min: number;
            unit_ids: string[];
        };
        PostCode: {
            code: string;
        };
        /**
         * @description Verdicts on a camera's alerts within 30 days. `share`: confirmed of all, None where nothing was judged; `bounds`: its 95 %
         *         bounds, None while too few were judged.
         */
        PrecisionAnswer: {
            bounds: [
                number,
                number
            ] | null;
            confirmed: number;
            false: number;
            share: number | null;
        };
        /**
         * @description `id`: the phone's own, so that a queue may send it twice; `at`: by the phone's clock, right or wrong; `age_s`: how old
         *     the phone says that its place is. What can't be read of the place is no reason to refuse a call.
         */
        Press: {
            accuracy_m?: number | null;
            /** @default 0 */
            age_s?: number;
            at?: number | null;
            id: string;
            lat?: number | null;
            lon?: number | null;
        };
        /** @description Alerts of one priority, high, medium or low; `share` None where nothing came. */
        PrioritySplitAnswer: {
            count: number;
            goal: number;
            share: components["schemas"]["Bounded"] | null;
        };
        /** @description What an address sends. `reason` empty: it can be watched. */
        ProbeAnswer: {
            advice: string[];
            codec: string;
            detail: string;
            fps: number;
            group_s: number | null;
            height: number;
            kbps: number;
            picture: string | null;
            pixels?: string;
            read_by?: string;
            read_detail: string;
            read_why?: string;
            reason: string;
            width: number;
        };
        /** @description An address was tried. */
        ProbedAnswer: {
            probe: components["schemas"]["ProbeAnswer"];
        };
        ProbeForm: {
            camera_id?: string | null;
            password?: string | null;
            /**
             * @default tcp
             * @enum {string}
             */
            transport?: "tcp" | "udp";
            url: string;
            user?: string | null;
        };
        /** @description An error (RFC 9457). `key` and `type` are stable; `title` and `detail` stand in the language that was asked for. */
        ProblemAnswer: {
            detail: string;
            key: string;
            status: number;
            title: string;
            type: string;
            values: Record<string, unknown>;
        };
        /** @description What was promised for `due_at`, by a note on an alert or an incident. */
        PromiseAnswer: {
            alert_id: string;
            due_at: number;
            id: string;
            incident_id: string | null;
            kept_at: number | null;
            kept_by: string;
            made_at: number;
            made_by: string;
            words: string;
        };
        /** @description Proof of one purge. */
        PurgeCertificateAnswer: {
            alerts: number;
            at: number;
            bytes: number;
            digest: string;
            files: number;
            first_at: number;
            keep_days: number;
            last_at: number;
            number: number;
        };
        /** @description Why guards are looked at live, as for a trail. */
        Purpose: {
            /** @default  */
            case_ref?: string;
            /** @enum {string} */
            purpose: "incident" | "point_call" | "spot_check" | "appeal" | "complaint" | "case" | "maintenance";
        };
        /** @description `unkept`: messages of unproved senders that were only counted today; None while Redis is away. */
        QuarantineAnswer: {
            items: components["schemas"]["QuarantinedAnswer"][];
            next: string | null;
            unkept: number | null;
        };
        /** @description A message that could not be used. Times are epoch seconds. */
        QuarantinedAnswer: {
            client: string;
            id: string;
            keep_hours: number | null;
            kept_from: number | null;
            raw: string;
            reason: components["schemas"]["QuarantineReasonAnswer"];
            received_at: number;
            why: string;
        };
        /**
         * @description `key`: of the page's words for reasons, one of `console.guards.quarantine.KEYS`. `off_s`: seconds that the device's time is ahead
         *         of ours (below 0: behind). `n`: how many more there were.
         */
        QuarantineReasonAnswer: {
            key: string;
            n: number | null;
            off_s: number | null;
        };
        Radio: {
            /** @constant */
            heard: true;
        };
        /** @description The guard of a task with what rings him and calls him on the radio. */
        ReachedGuardAnswer: {
            call_sign: string;
            id: string;
            name: string;
            phone: string;
            unit_id: string;
        };
        /** @description One reason of the list. */
        ReasonForm: {
            /** @default true */
            enabled?: boolean;
            /** @default  */
            id?: string;
            name: string;
            /** @default  */
            name_en?: string;
        };
        /** @description What the sentence of a reason names: unit and law of `outside_service_area`, doubts of `doubtful_place`, age of `stale_fix`. */
        ReasonValuesAnswer: {
            age_s?: number;
            doubts?: ("at_rest" | "clock_ahead" | "clock_skew" | "frozen" | "identical_trail" | "inaccurate" | "jump" | "same_moment" | "shared_device" | "shared_position" | "teleport" | "too_fast" | "two_phones" | "wrong_coord_sys")[];
            law?: string;
            unit?: string;
        };
        /** @description An alert of the record. */
        RecordAnswer: {
            area: components["schemas"]["NamedAnswer"] | null;
            camera: components["schemas"]["NamedAnswer"] | null;
            captured_at: number;
            clip: boolean;
            id: string;
            incident_id: string | null;
            judge_reason: string;
            judged_at: number | null;
            judged_by: string | null;
            picture: boolean;
            place: string;
            priority: number;
            purged_at: number | null;
            received_at: number;
            sent: components["schemas"]["RecordSentAnswer"][];
            situation: string;
            state: string;
            waited_s: number | null;
            zone: components["schemas"]["NamedAnswer"];
        };
        /** @description What the filters offer. */
        RecordChoicesAnswer: {
            areas: components["schemas"]["NamedAnswer"][];
            judges: string[];
            reasons: string[];
            situations: string[];
            units: components["schemas"]["NamedAnswer"][];
        };
        /** @description A page of the record. `total`, of the first page alone: how many the filter shows; beyond `counted` that and one. */
        RecordsAnswer: {
            counted: number;
            items: components["schemas"]["RecordAnswer"][];
            next: string | null;
            total?: number;
        };
        /** @description A guard who was sent to the alert's incident. */
        RecordSentAnswer: {
            guard: string;
            unit: components["schemas"]["NamedAnswer"];
        };
        /** @description New recovery codes, in no other answer; those before are void. */
        RecoveryCodesAnswer: {
            recovery_codes: string[];
        };
        /** @description `reason`: a key of `patrol.dispatch.refusals.REASONS`. */
        RefusalForm: {
            /** @default  */
            note?: string;
            reason: string;
        };
        /** @description What the records said of the moment of a refusal. Empty: nobody refused, or it was not looked up. */
        RefusalFoundAnswer: {
            at_night?: boolean;
            break_running?: boolean;
            other_task?: string | null;
            sent_besides?: number;
        };
        /** @description Somebody registered by a terminal's number and got no code. `terminal`: maker, model and id, as it said. */
        RefusedRegistrationAnswer: {
            at: number;
            terminal: string;
            /** @enum {unknown} */
            why: "other_terminal" | "proved" | "window_closed";
        };
        /** @description A page of the register. `names`: `kind:id` -> name, of objects and of the guards in the details. */
        RegisterAnswer: {
            items: components["schemas"]["AuditRowAnswer"][];
            names: {
                [key: string]: string;
            };
            next: string | null;
        };
        /** @description How a terminal registered. `refused`: how often somebody got no code under its number; `events`: the last of them. */
        RegistrationAnswer: {
            events: components["schemas"]["RefusedRegistrationAnswer"][];
            proved_at: number | null;
            refused: number;
            registered_at: number | null;
            terminal: string | null;
        };
        Reopen: {
            /** @default  */
            of?: string;
        };
        /** @description A report as the command room reads it. */
        ReportAnswer: {
            accuracy_m: number | null;
            alert_id: string | null;
            area_id: string | null;
            at: number;
            certificate: number | null;
            decided_at: number | null;
            decided_by: string;
            decided_note: string;
            dispatch_id: string | null;
            guard: components["schemas"]["ReportGuardAnswer"];
            guard_id: string;
            id: string;
            incident_id: string | null;
            incident_note: string;
            incident_state: ("closed" | "handled" | "open" | "withdrawn") | null;
            keep_days: number | null;
            keep_until: number;
            kept_from: number | null;
            kind: ("dispute" | "facility" | "fire" | "hazard" | "help" | "other" | "suspicious" | "traffic") | "task";
            lat: number | null;
            lon: number | null;
            media_at: number | null;
            media_sha256: string | null;
            /** @enum {unknown} */
            media_state: "coming" | "here" | "none" | "purged";
            media_type: string;
            place_name: string;
            /** @enum {unknown} */
            promised: "" | "photo" | "voice";
            purged_at: number | null;
            received_at: number;
            shift_id: string | null;
            /** @enum {unknown} */
            state: "closed" | "incident" | "new" | "task";
            unit: components["schemas"]["NamedAnswer"];
            unit_id: string;
            words: string;
        };
        /** @description The report as it stands now. */
        ReportDoneAnswer: {
            report: components["schemas"]["ReportAnswer"];
        };
        /** @description `id`: the phone's own, so that a queue may send it twice; `promised`: what follows to `/media`; `dispatch_id` with kind `task`. */
        ReportForm: {
            accuracy_m?: number | null;
            at: number;
            dispatch_id?: string | null;
            id: string;
            kind: ("hazard" | "fire" | "facility" | "suspicious" | "dispute" | "help" | "traffic" | "other") | "task";
            lat?: number | null;
            lon?: number | null;
            /**
             * @default
             * @enum {string}
             */
            promised?: "" | "photo" | "voice";
            /** @default  */
            words?: string;
        };
        /** @description Who sent a report, and on which number he is reached. */
        ReportGuardAnswer: {
            id: string;
            name: string;
            phone: string;
        };
        ReportNoteForm: {
            note: string;
        };
        RequestDecisionForm: {
            /** @enum {string} */
            decision: "granted" | "refused";
            /** @default  */
            exception?: string;
            note: string;
        };
        ResetForm: {
            reason: string;
        };
        Review: {
            /** @default  */
            note?: string;
            /** @enum {string} */
            result: "upheld" | "dismissed";
        };
        /**
         * @description A contradicted point call or a refused task, and a person's word on it. `called_by` and `reviewed_by` are names, the account ids stand
         *         in `called_by_id` and `reviewed_by_id`.
         */
        ReviewAnswer: {
            at: number | null;
            by_name?: boolean;
            by_records: boolean;
            called_at: number;
            called_by: string;
            called_by_id: string;
            found: components["schemas"]["RefusalFoundAnswer"];
            guard: components["schemas"]["GuardAnswer"];
            id: string;
            incident_id?: string;
            /** @enum {unknown} */
            kind: "point_call" | "refusal";
            may_decide?: boolean;
            place_name?: string;
            review: ("dismissed" | "upheld") | null;
            review_note: string;
            reviewed_at: number | null;
            reviewed_by: string | null;
            reviewed_by_id: string | null;
            shift_id: string;
            unit: components["schemas"]["UnitBriefAnswer"];
            what: string;
            words: string;
        };
        /** @description What was decided about, as it is now. */
        ReviewDoneAnswer: {
            review: components["schemas"]["ReviewAnswer"];
        };
        ReviewForm: {
            /** @default  */
            note?: string;
            /** @enum {string} */
            result: "upheld" | "dismissed";
        };
        /** @description `protected`: reasons for a refusal that never count against a guard. */
        ReviewsAnswer: {
            items: components["schemas"]["ReviewAnswer"][];
            protected: ("alone_at_night" | "busy" | "on_break" | "unable" | "unlawful" | "unsafe")[];
        };
        /** @description How often what rang at one account's pages, in sight or not (`hidden`), and how many alerts it was about. */
        RingCountAnswer: {
            account_id: string;
            alerts: number;
            hidden: boolean;
            /** @enum {unknown} */
            means: "blocked" | "muted" | "notification" | "sound";
            name: string;
            rings: number;
            /** @enum {unknown} */
            why: "escalation" | "new";
        };
        /** @description One ring of one page. `id`: the page's own. */
        RingForm: {
            alert_id: string;
            at: number;
            hidden: boolean;
            id: string;
            /** @enum {string} */
            means: "sound" | "notification" | "blocked" | "muted";
            /** @enum {string} */
            why: "new" | "escalation";
        };
        RingsForm: {
            rings: components["schemas"]["RingForm"][];
        };
        /** @description `taken`: how many of the told rings were new. */
        RingsTakenAnswer: {
            taken: number;
        };
        /** @description The entries of a time, by their begin. */
        RosterAnswer: {
            items: components["schemas"]["RosterEntryAnswer"][];
            now: number;
        };
        /** @description Who should be on duty where and when, and what became of it. */
        RosterEntryAnswer: {
            area_id: string;
            area_name: string;
            area_name_en: string;
            begins_at: number;
            covers_id: string | null;
            day: string;
            ends_at: number;
            exception: string;
            guard: components["schemas"]["GuardAnswer"];
            guard_id: string;
            holes: [
                number,
                number,
                "handed_over" | "ill" | "late" | "left" | "no_show" | "operator" | "overdue" | "relieving" | "sent_home"
            ][];
            id: string;
            missing_since: number | null;
            note: string;
            pattern_id: string | null;
            post_id: string | null;
            shift_id: string | null;
            state: string;
            state_at: number;
            unit_id: string;
        };
        /** @description The entry as it stands now; of a stand-in, the new one. */
        RosterEntryDoneAnswer: {
            entry: components["schemas"]["RosterEntryAnswer"];
        };
        /** @description A guard asks for leave or to swap shifts. `decided_by` is a name, its account id stands in `decided_by_id`. */
        RosterRequestAnswer: {
            agreed_at: number | null;
            asked_at: number;
            decided_at: number | null;
            decided_by: string;
            decided_by_id: string;
            decision_note: string;
            entry: components["schemas"]["RosterEntryAnswer"] | null;
            entry_id: string | null;
            from_at: number | null;
            guard_id: string;
            guard_name: string;
            id: string;
            kind: string;
            other_entry: components["schemas"]["RosterEntryAnswer"] | null;
            other_entry_id: string | null;
            other_guard_id: string | null;
            other_guard_name: string;
            reason: string;
            state: string;
            to_at: number | null;
            unit_id: string;
        };
        /** @description The request as it stands now. */
        RosterRequestDoneAnswer: {
            request: components["schemas"]["RosterRequestAnswer"];
        };
        /** @description The round of the running shift: what is left first, nearest first. */
        RoundAnswer: {
            area_id: string;
            area_name: string;
            area_name_en: string;
            items: components["schemas"]["RoundPointAnswer"][];
            opened_at: number;
            place: components["schemas"]["RoundPlaceAnswer"] | null;
            required_s: number;
            shift_id: string;
        };
        /** @description The guard's last place, by the device's clock. */
        RoundPlaceAnswer: {
            at: number | null;
            lat: number;
            lon: number;
        };
        /** @description What a shift's plan asks for: each checkpoint once in every `required_s` of planned time. */
        RoundPlanAnswer: {
            /** @enum {unknown} */
            mode: "four_colour" | "joint_police" | "joint_stations" | "key" | "many_units" | "radiating" | "staggered" | "township";
            required_s: number;
            risk: string;
            rounds: components["schemas"]["PlannedRoundAnswer"][];
        };
        /** @description A checkpoint on the guard's round. `left`: not visited on this shift; `again`: longer ago than its area's colour allows. */
        RoundPointAnswer: {
            away_m: number | null;
            checked_in_at: number | null;
            id: string;
            last_at: number | null;
            lat: number;
            lon: number;
            name: string;
            name_en: string;
            radius_m: number;
            /** @enum {unknown} */
            state: "again" | "done" | "left";
        };
        /** @description A checkpoint in a round. `at`, `fix_id`, `distance_m`: of the first fix that visited it, None without a visit. */
        RoundSeenAnswer: {
            at: number | null;
            checkpoint_id: string;
            distance_m: number | null;
            fix_id: string | null;
            /** @enum {unknown} */
            state: "beyond" | "excused" | "missed" | "running" | "unknown" | "visited";
        };
        /** @description The alert that rang, as the record has it. */
        RungAlertAnswer: {
            area: components["schemas"]["NamedAnswer"] | null;
            camera: components["schemas"]["NamedAnswer"] | null;
            captured_at: number;
            place: string;
            priority: number;
            situation: string;
            state: string;
            zone: components["schemas"]["NamedAnswer"];
        };
        /** @description What called a person at a page, or did not. */
        RungAnswer: {
            account_id: string;
            alert: components["schemas"]["RungAlertAnswer"] | null;
            alert_id: string;
            at: number;
            hidden: boolean;
            id: string;
            /** @enum {unknown} */
            means: "blocked" | "muted" | "notification" | "sound";
            name: string;
            taken_at: number | null;
            taken_by: string | null;
            waited_s: number | null;
            /** @enum {unknown} */
            why: "escalation" | "new";
        };
        /** @description A filter and order of a page that a person keeps. `query`: as it stands in the page's address. */
        SavedViewAnswer: {
            id: string;
            name: string;
            page: string;
            query: string;
            saved_at: number;
        };
        SavedViewForm: {
            name: string;
            /** @enum {string} */
            page: "records" | "desk";
            query: string;
        };
        /**
         * @description When a zone is armed: local time (Asia/Shanghai), minutes since midnight; `to` below `from` runs over midnight.
         *
         *         `days` 0 = Monday; a span over midnight belongs to the day on which it began.
         */
        Schedule: {
            /**
             * @default [
             *       0,
             *       1,
             *       2,
             *       3,
             *       4,
             *       5,
             *       6
             *     ]
             */
            days?: number[];
            from_minute: number;
            to_minute: number;
        };
        /** @description A shift's score. `lines`: those that count; `history`: all, with reversals and what they took back. */
        ScoreAnswer: {
            history: components["schemas"]["ScoreLineAnswer"][];
            lines: components["schemas"]["ScoreLineAnswer"][];
            provisional: boolean;
            rule_version: string;
            shift: components["schemas"]["ShiftAnswer"];
            total: components["schemas"]["PointsAnswer"];
        };
        /** @description A shift with its score; None: there is none yet. */
        ScoredShiftAnswer: {
            area_id: string;
            area_name: string;
            area_name_en: string;
            closed_at: number | null;
            closed_by: string | null;
            closed_by_id: string | null;
            closed_how: string;
            closed_note: string;
            due_end_at: number;
            duty_since: number | null;
            duty_state: string;
            facts_version: number;
            guard: components["schemas"]["GuardAnswer"];
            guard_id: string;
            id: string;
            opened_at: number;
            opened_by: string;
            opened_by_id: string;
            opened_how: string;
            overdue_at: number;
            pauses: [
                number,
                number
            ][];
            post_id: string | null;
            score: components["schemas"]["ScoreTotalAnswer"] | null;
            unit_id: string;
        };
        /** @description A line of the ledger with the names that its rule has. */
        ScoreLineAnswer: {
            at: number;
            denominator: number;
            evidence: components["schemas"]["MeasureEvidence"];
            guard_id: string;
            hash: string | null;
            id: string;
            line: string;
            name: string;
            name_en: string;
            numerator: number;
            out_of: number;
            points: number;
            provisional: boolean;
            reason: string;
            reversed: boolean;
            reverses: string | null;
            rule_version: string;
            seq: number;
            shift_id: string;
            unit: string;
            unit_id: string;
        };
        /** @description A shift's score in one line (`console.scores.scores.Total`). `provisional`: some of its lines may still change. */
        ScoreTotalAnswer: {
            out_of: number;
            points: number;
            provisional: boolean;
            rule_version: string | null;
            share: number | null;
        };
        /** @description A seal as it is handed out; `at`: epoch seconds. */
        SealLine: {
            at: number;
            chain: string;
            hash: string;
            kind: string;
            number: number;
            seq: number;
        };
        Seat: {
            alert_id?: string | null;
        };
        /** @description Who sits at the second seat now. */
        SeatedAnswer: {
            account_id: string;
            name: string;
        };
        SeatForm: {
            sits: boolean;
        };
        /** @description How long operators were logged in, all together, and how many of them. */
        SeatHoursAnswer: {
            accounts: number;
            hours: number;
        };
        /** @description `mine`: the alert that this desk has; `others`: the other desks. */
        SeatsAnswer: {
            mine: string | null;
            others: components["schemas"]["OpenDeskAnswer"][];
        };
        /** @description A task as who sent the guard sees it (`sent_view`). */
        SentDispatchAnswer: {
            accepted_at: number | null;
            arrived_at: number | null;
            arrived_fix_id: string | null;
            called_at: number;
            called_by: string;
            called_by_id: string;
            distance_m: number | null;
            done_at: number | null;
            done_note: string;
            guard: components["schemas"]["ReachedGuardAnswer"];
            guard_id: string;
            id: string;
            incident_id: string;
            instruction: string;
            lat: number;
            lon: number;
            place_name: string;
            refused_at: number | null;
            refused_code: ("alone_at_night" | "busy" | "on_break" | "unable" | "unlawful" | "unsafe") | "";
            refused_found: components["schemas"]["RefusalFoundAnswer"];
            refused_reason: string;
            review: ("dismissed" | "upheld") | null;
            review_note: string;
            reviewed_at: number | null;
            reviewed_by: string | null;
            said_accuracy_m: number | null;
            said_at: number | null;
            said_lat: number | null;
            said_lon: number | null;
            said_off_m: number | null;
            said_received_at: number | null;
            shift_id: string;
            /** @enum {unknown} */
            state: "accepted" | "arrived" | "called" | "cancelled" | "done" | "refused";
            still_at: number | null;
            still_lat: number | null;
            still_lon: number | null;
            unit: components["schemas"]["NamedAnswer"];
            unit_id: string;
        };
        /** @description The guard of a task. */
        SentGuardAnswer: {
            id: string;
            name: string;
            unit_id: string;
        };
        /** @description `now`: the console's time, for the page's countdown. */
        SetUpBegunAnswer: {
            now: number;
            set_up: components["schemas"]["SetUpSpanAnswer"];
        };
        /** @description A camera for who sets it up. Addresses come without name and password, whose places are marked. */
        SetUpCameraAnswer: {
            active: boolean | null;
            area_id: string | null;
            bearing: number | null;
            clock_error_s: number | null;
            code: string;
            codec: string | null;
            detail: string | null;
            dropped: number | null;
            due_rate: number | null;
            enabled: boolean;
            false_places: components["schemas"]["FalsePlace"][] | null;
            fov: number | null;
            fps: number | null;
            group_s: number | null;
            has_password: boolean;
            height: number | null;
            id: string;
            keep_days: number | null;
            last_frame_at: number | null;
            lat: number | null;
            lon: number | null;
            looked_rate: number | null;
            masks: [
                number,
                number
            ][][];
            name: string;
            name_en: string;
            priority: number;
            range_m: number | null;
            read_by: string | null;
            read_detail: string | null;
            read_why: string | null;
            /** @enum {unknown} */
            reason: "" | "bad_address" | "behind" | "black" | "blurred" | "busy" | "clock_jump" | "covered" | "ended" | "frozen" | "moved" | "no_picture" | "no_worker" | "not_found" | "overexposed" | "quarantined" | "refused" | "silent" | "slow" | "starting" | "unauthorised" | "unreachable" | "unreadable" | "wrong_codec";
            reconnects: number | null;
            /** @enum {unknown} */
            sampling: "full" | "gated" | "key_frames";
            since: number | null;
            /** @enum {unknown} */
            state: "disabled" | "fault" | "ok" | "starting" | "unknown";
            /** @enum {unknown} */
            state_reason: "" | "bad_address" | "behind" | "black" | "blurred" | "busy" | "clock_jump" | "covered" | "ended" | "frozen" | "moved" | "no_picture" | "no_worker" | "not_found" | "overexposed" | "quarantined" | "refused" | "silent" | "slow" | "starting" | "unauthorised" | "unreachable" | "unreadable" | "wrong_codec";
            sub_apart: boolean;
            sub_url: string | null;
            /** @enum {unknown} */
            transport: "tcp" | "udp";
            url: string;
            user: string;
            version: number;
            watched_since: number | null;
            width: number | null;
            worker: string | null;
            zones: components["schemas"]["ZoneAnswer"][];
        };
        /** @description Until when clear pictures of the camera may be asked for, in this login session alone. */
        SetUpSpanAnswer: {
            until: number;
        };
        /** @description An authenticator is to be set up before the log-in goes on. The secret is in no other answer. */
        SetUpStepAnswer: {
            address: string;
            least_password: number;
            new_password: boolean;
            secret: string;
            /** @enum {unknown} */
            step: "set_up";
            until: number;
            username: string;
        };
        /** @description An alert of the queue, with where it is. */
        SheetAlertAnswer: {
            back_at: number | null;
            camera: components["schemas"]["AlertCameraAnswer"];
            camera_id: string;
            captured_at: number;
            certificate: number | null;
            clip: string | null;
            clip_error: string | null;
            clip_from: number | null;
            clip_seconds: number | null;
            clip_sha256: string | null;
            codec: string | null;
            evidence_at: number | null;
            id: string;
            incident_id: string | null;
            judge_reason: string;
            judged_at: number | null;
            judged_by: string | null;
            judged_by_id: string | null;
            keep_days: number | null;
            kept_from: number | null;
            kind: number;
            merged_tracks: number;
            method: number;
            model: string;
            priority: number;
            published_at: number;
            purged_at: number | null;
            received_at: number;
            rule_version: string;
            score: number;
            seq: number;
            shelf_id: string | null;
            situation: string;
            snapshot: string | null;
            snapshot_error: string | null;
            snapshot_sha256: string | null;
            /** @enum {unknown} */
            state: "confirmed" | "false" | "ignored" | "new";
            worker: string;
            zone: components["schemas"]["NameAnswer"];
            zone_id: string;
            zone_name: string;
            zone_points: [
                number,
                number
            ][];
        };
        /**
         * @description `open`: alerts in the queue, by priority too; `judged`: since the shift began, by verdict; `false_reasons`: those that were false,
         *         by the reason's id.
         */
        SheetAlertsAnswer: {
            by_priority: {
                [key: string]: number;
            };
            false_reasons: {
                [key: string]: number;
            };
            judged: {
                [key: string]: number;
            };
            oldest: components["schemas"]["SheetAlertAnswer"] | null;
            open: number;
        };
        /** @description A camera that is blind since then, and why. */
        SheetCameraAnswer: {
            id: string;
            name: string;
            name_en: string;
            reason: string;
            since: number;
        };
        /** @description `told` false: Redis is away, and nobody knows how cameras do now. */
        SheetCamerasAnswer: {
            count: number;
            items: components["schemas"]["SheetCameraAnswer"][];
            told: boolean;
        };
        /** @description What a shift came to, in seconds: in the area, outside, unknown, on breaks. */
        SheetFactsAnswer: {
            break_s: number;
            confirmed_s: number;
            outside_s: number;
            unknown_s: number;
        };
        /** @description A guard on the sheet. Of one whom the county does not know `name` is the id and `unit` None. */
        SheetGuardAnswer: {
            call_sign: string;
            id: string;
            name: string;
            unit: components["schemas"]["UnitBriefAnswer"] | null;
        };
        /** @description An incident that is not over. */
        SheetIncidentAnswer: {
            alert_id: string;
            camera_id: string;
            closed_at: number | null;
            closed_by: string | null;
            handled_at: number | null;
            id: string;
            lat: number | null;
            lon: number | null;
            note: string;
            opened_at: number;
            opened_by: string;
            place_name: string;
            place_name_en: string;
            priority: number;
            sent: components["schemas"]["SheetSentAnswer"][];
            situation: string;
            /** @enum {unknown} */
            state: "closed" | "handled" | "open" | "withdrawn";
        };
        /** @description What who prints the sheet wrote last in this shift; `taken_by` empty: nobody took the desk over yet. */
        SheetLineAnswer: {
            given_at: number;
            note: string;
            taken_at: number | null;
            taken_by: string;
        };
        /** @description A list of the sheet. `count`: how many there are, `items`: as many of them as the paper holds. */
        SheetListAnswer_OpenPromiseAnswer_: {
            count: number;
            items: components["schemas"]["OpenPromiseAnswer"][];
        };
        /** @description A list of the sheet. `count`: how many there are, `items`: as many of them as the paper holds. */
        SheetListAnswer_SheetIncidentAnswer_: {
            count: number;
            items: components["schemas"]["SheetIncidentAnswer"][];
        };
        /** @description A list of the sheet. `count`: how many there are, `items`: as many of them as the paper holds. */
        SheetListAnswer_SheetMissingAnswer_: {
            count: number;
            items: components["schemas"]["SheetMissingAnswer"][];
        };
        /** @description A list of the sheet. `count`: how many there are, `items`: as many of them as the paper holds. */
        SheetListAnswer_SheetPointCallAnswer_: {
            count: number;
            items: components["schemas"]["SheetPointCallAnswer"][];
        };
        /** @description A list of the sheet. `count`: how many there are, `items`: as many of them as the paper holds. */
        SheetListAnswer_SheetShortAnswer_: {
            count: number;
            items: components["schemas"]["SheetShortAnswer"][];
        };
        /** @description A list of the sheet. `count`: how many there are, `items`: as many of them as the paper holds. */
        SheetListAnswer_SheetSosAnswer_: {
            count: number;
            items: components["schemas"]["SheetSosAnswer"][];
        };
        /** @description A list of the sheet. `count`: how many there are, `items`: as many of them as the paper holds. */
        SheetListAnswer_SheetTaskAnswer_: {
            count: number;
            items: components["schemas"]["SheetTaskAnswer"][];
        };
        /** @description A planned guard who is not there. `missing_since`: nobody stands there since then; `ends_at`: of the planned shift. */
        SheetMissingAnswer: {
            area: components["schemas"]["NamedAnswer"] | null;
            ends_at: number;
            guard: components["schemas"]["SheetGuardAnswer"];
            id: string;
            missing_since: number;
            post: components["schemas"]["NamedAnswer"] | null;
        };
        /** @description A point call without a verdict. `answered_at`: device time. */
        SheetPointCallAnswer: {
            answered_at: number | null;
            called_at: number;
            guard: components["schemas"]["SheetGuardAnswer"];
            id: string;
        };
        /** @description What a sheet would do, or did. `done` false: nothing was written, since it was a dry run or a row is bad. */
        SheetReportAnswer: {
            bad: components["schemas"]["BadCellAnswer"][];
            bad_count: number;
            changed: number;
            done: boolean;
            ignored: string[];
            new: number;
            rows: number;
            same: number;
        };
        /** @description A chain's newest seal. `since`: rows that no seal covers; `late`: some of them for more than an hour. */
        SheetSealAnswer: {
            chain: string;
            late: boolean;
            seal: components["schemas"]["SealLine"] | null;
            since: number;
        };
        /** @description Who is sent to an incident, or was there. */
        SheetSentAnswer: {
            called_at: number;
            guard: components["schemas"]["SheetGuardAnswer"];
            state: string;
        };
        /** @description A shelf that runs, with how many alerts rest on it. */
        SheetShelfAnswer: {
            alerts: number;
            camera: components["schemas"]["NameAnswer"];
            camera_id: string;
            ended_at: number | null;
            ended_by: string | null;
            from_at: number;
            id: string;
            reason: string;
            shelved_by: string;
            situation: string;
            until_at: number;
            zone: components["schemas"]["NameAnswer"];
            zone_id: string;
            zone_name: string;
        };
        /** @description `alerts`: how many rest, on whichever shelf. */
        SheetShelvesAnswer: {
            alerts: number;
            count: number;
            items: components["schemas"]["SheetShelfAnswer"][];
        };
        /** @description A shift on a printed check. */
        SheetShiftAnswer: {
            area_id: string;
            area_name: string;
            area_name_en: string;
            closed_at: number | null;
            closed_by: string | null;
            closed_by_id: string | null;
            closed_how: string;
            closed_note: string;
            due_end_at: number;
            duty_since: number | null;
            duty_state: string;
            facts: components["schemas"]["SheetFactsAnswer"];
            facts_version: number;
            guard: components["schemas"]["GuardAnswer"];
            guard_id: string;
            id: string;
            opened_at: number;
            opened_by: string;
            opened_by_id: string;
            opened_how: string;
            overdue_at: number;
            pauses: [
                number,
                number
            ][];
            plan: components["schemas"]["RoundPlanAnswer"] | null;
            post_id: string | null;
            unit_id: string;
        };
        /** @description An area with fewer guards on shift than it needs. */
        SheetShortAnswer: {
            area: components["schemas"]["NamedAnswer"];
            id: string;
            needed: number;
            on_shift: number;
        };
        /** @description A call for help that is not closed. `taken_by`: a name, empty: nobody took it yet. */
        SheetSosAnswer: {
            guard: components["schemas"]["SheetGuardAnswer"];
            id: string;
            raised_at: number;
            state: string;
            taken_at: number | null;
            taken_by: string;
        };
        /** @description A guard who is sent and not done. `situation` None: the incident is gone. */
        SheetTaskAnswer: {
            called_at: number;
            guard: components["schemas"]["SheetGuardAnswer"];
            id: string;
            place_name: string;
            place_name_en: string;
            situation: string | null;
            state: string;
        };
        /** @description Guards of a unit on shift, and how many of them are on a break. */
        SheetUnitAnswer: {
            id: string;
            /** @enum {unknown} */
            kind: "property" | "security_company" | "self_hired";
            name: string;
            name_en: string;
            on_break: number;
            on_shift: number;
        };
        /** @description `on_shift`: of all units. */
        SheetUnitsAnswer: {
            count: number;
            items: components["schemas"]["SheetUnitAnswer"][];
            on_shift: number;
        };
        /** @description A shelf with what came to it. */
        ShelfAnswer: {
            alerts: number;
            camera: components["schemas"]["NameAnswer"];
            camera_id: string;
            ended_at: number | null;
            ended_by: string | null;
            from_at: number;
            id: string;
            last_at: number | null;
            priority: number | null;
            reason: string;
            running: boolean;
            shelved_by: string;
            situation: string;
            until_at: number;
            waiting: number;
            zone: components["schemas"]["NameAnswer"] | null;
            zone_id: string;
            zone_name: string;
        };
        /** @description The shelf as it is after it began or ended. */
        ShelfDoneAnswer: {
            shelf: components["schemas"]["ShelfAnswer"];
        };
        /** @description What rests on a shelf, why and until when. Times are epoch seconds. */
        ShelfTermsAnswer: {
            camera_id: string;
            ended_at: number | null;
            ended_by: string | null;
            from_at: number;
            id: string;
            reason: string;
            shelved_by: string;
            situation: string;
            until_at: number;
            zone_id: string;
            zone_name: string;
        };
        /** @description What rests for how many minutes, and why; without a zone the whole camera, without a situation each kind. */
        Shelve: {
            camera_id: string;
            minutes: number;
            reason: string;
            /** @default  */
            situation?: string;
            /** @default  */
            zone_id?: string;
        };
        /** @description A shift without its facts (`shift_view`). Times are epoch seconds; accounts by name, their ids beside. */
        ShiftAnswer: {
            area_id: string;
            area_name: string;
            area_name_en: string;
            closed_at: number | null;
            closed_by: string | null;
            closed_by_id: string | null;
            closed_how: string;
            closed_note: string;
            due_end_at: number;
            duty_since: number | null;
            duty_state: string;
            facts_version: number;
            guard: components["schemas"]["GuardAnswer"];
            guard_id: string;
            id: string;
            opened_at: number;
            opened_by: string;
            opened_by_id: string;
            opened_how: string;
            overdue_at: number;
            pauses: [
                number,
                number
            ][];
            post_id: string | null;
            unit_id: string;
        };
        /** @description Eight digits for one check on site. */
        ShiftCodeAnswer: {
            code: string;
            until: number;
        };
        /** @description The shift as it stands now. */
        ShiftDoneAnswer: {
            shift: components["schemas"]["ShiftAnswer"];
        };
        /**
         * @description Seconds confirmed in the area, clearly outside, not known, and in breaks (which are none of the others); at his
         *         post and clearly off it; gaps; visits; doubts; outcomes of calls.
         */
        ShiftFacts: {
            /** @default 0 */
            at_post_s?: number;
            /** @default 0 */
            break_s?: number;
            /** @default [] */
            calls?: components["schemas"]["CallOutcome"][];
            /** @default [] */
            checkpoints?: string[];
            /** @default 0 */
            confirmed_s?: number;
            /** @default [] */
            dispatches?: components["schemas"]["DispatchOutcome"][];
            /** @default [] */
            doubts?: components["schemas"]["DoubtCount"][];
            /** @default null */
            first_at?: number | null;
            /** @default null */
            first_fix_id?: string | null;
            /** @default 0 */
            fixes?: number;
            /** @default [] */
            gaps?: components["schemas"]["Gap"][];
            /** @default null */
            last_at?: number | null;
            /** @default null */
            last_fix_id?: string | null;
            /** @default 0 */
            off_post_s?: number;
            /** @default 0 */
            opened_at?: number;
            /** @default [] */
            outside?: components["schemas"]["Gap"][];
            /** @default 0 */
            outside_s?: number;
            /** @default 0 */
            platform_s?: number;
            /** @default  */
            shift_id?: string;
            /** @default 0 */
            unknown_s?: number;
            /** @default 0 */
            until?: number;
            /** @default [] */
            visits?: components["schemas"]["VisitFact"][];
        };
        /** @description Whose screen shows a code, and the shift it stands for. */
        ShownCodeAnswer: {
            guard: components["schemas"]["GuardAnswer"];
            shift_id: string;
        };
        SignatureForm: {
            agrees: boolean;
            /** @default  */
            note?: string;
        };
        /** @description An address from which people are logged in or failed to. */
        SignInAddressAnswer: {
            address: string;
            failures: number;
            last_at: number;
            names: string[];
            sessions: number;
        };
        /** @description An open session. */
        SignInAnswer: {
            address: string;
            agent: string;
            created_at: number;
            current: boolean;
            id: string;
            last_seen_at: number;
            phone: boolean;
        };
        /** @description An open session of anybody. */
        SignInOfAnswer: {
            account: components["schemas"]["AccountBriefAnswer"];
            address: string;
            agent: string;
            created_at: number;
            current: boolean;
            id: string;
            last_seen_at: number;
            phone: boolean;
        };
        /** @description The platform received nothing between these moments. */
        SilenceAnswer: {
            from_at: number;
            to_at: number;
        };
        /** @description `since`: it has received nothing since then; None: it receives. */
        SilencesAnswer: {
            items: components["schemas"]["SilenceAnswer"][];
            now: number;
            since: number | null;
        };
        /** @description A call for help as station and company see it. `taken_by` and `closed_by` are names, their account ids stand beside. */
        SosAnswer: {
            client: string;
            /** @enum {unknown} */
            clock: "none" | "right" | "wrong";
            closed_at: number | null;
            closed_by: string | null;
            closed_by_id: string | null;
            device_at: number | null;
            device_id: string;
            /** @enum {unknown} */
            duty: "off_shift" | "on_break" | "on_shift";
            guard: components["schemas"]["SosGuardAnswer"];
            guard_id: string;
            id: string;
            known_at: number;
            last_press_at: number;
            late: boolean;
            late_s: number;
            note: string;
            outcome: ("false_press" | "handed_over" | "helped" | "other" | "test") | null;
            place: components["schemas"]["SosPlaceAnswer"] | null;
            presses: number;
            raised_at: number;
            state: string;
            taken_at: number | null;
            taken_by: string | null;
            taken_by_id: string | null;
            unit_id: string | null;
            well_at: number | null;
        };
        /** @description The call as it stands now. */
        SosDoneAnswer: {
            sos: components["schemas"]["SosAnswer"];
        };
        /** @description Who calls, and on which numbers. Somebody whom the county does not know has the id for a name, no unit and no `call_sign`. */
        SosGuardAnswer: {
            call_sign?: string;
            id: string;
            name: string;
            phone: string;
            unit: components["schemas"]["SosUnitAnswer"] | null;
        };
        /** @description Where who calls is. `source`: own (the message brought it) or last (the map had it). */
        SosPlaceAnswer: {
            accuracy_m: number | null;
            at: number | null;
            lat: number;
            lon: number;
            /** @enum {unknown} */
            source: "last" | "own";
        };
        /** @description The unit of who calls, with its number. */
        SosUnitAnswer: {
            id: string;
            /** @enum {unknown} */
            kind: "property" | "security_company" | "self_hired";
            name: string;
            name_en: string;
            phone: string;
        };
        /** @description An alert that another rule spares, or may spare. `why`: by which parts of the change. */
        SparedAlertAnswer: {
            captured_at: number;
            id: string;
            judge_reason: string;
            /** @enum {unknown} */
            outcome: "comes" | "spared" | "unknown";
            situation: string;
            state: string;
            why: ("days" | "hours" | "kind" | "off" | "shape" | "size")[];
            zone_name: string;
        };
        /** @description What another rule would have spared of the last week's alerts. `cut`: there were more; only the newest were tried. */
        SparedAnswer: {
            alerts: number;
            cut: boolean;
            from_at: number;
            items: components["schemas"]["SparedAlertAnswer"][];
            spared: number;
            states: {
                [key: string]: number;
            };
            to_at: number;
            unknown: number;
        };
        /** @description A spot check with its guard. */
        SpotCheckAnswer: {
            at: number;
            case_ref: string;
            /** @enum {unknown} */
            chosen_by: "own" | "random" | "risk" | "unchecked";
            guard: components["schemas"]["GuardAnswer"];
            guard_id: string;
            guard_note: string;
            guard_refused_at: number | null;
            guard_signed_at: number | null;
            id: string;
            /** @enum {unknown} */
            kind: "on_site" | "trail";
            note: string;
            officer_id: string;
            officer_name: string;
            /** @enum {unknown} */
            result: "in_order" | "remark";
            shift_id: string | null;
            unit_id: string;
        };
        /** @description A guard of the unit who could come. `rested_h`: hours since the last work, None: none in the nine days before. */
        StandInAnswer: {
            default_area_id: string | null;
            guard_id: string;
            name: string;
            phone: string;
            rested_h: number | null;
        };
        StandInForm: {
            /** @default  */
            exception?: string;
            guard_id: string;
        };
        /** @description A line of a timeline. `key` says what happened, `values` what its sentence names; which there are depends on the key. */
        StepAnswer: {
            at: number;
            key: string;
            values: Record<string, unknown>;
        };
        /** @description The incident of a stuck task. */
        StuckIncidentAnswer: {
            alert_id: string;
            id: string;
            place_name: string;
            place_name_en: string;
            priority: number;
            situation: string;
            state: string;
        };
        StuckNoteForm: {
            note: string;
        };
        /** @description A stuck task with who could go instead: `next`, the nearest, and `beside` him whom the rule of two asks for. */
        StuckNowAnswer: {
            beside: components["schemas"]["CandidateAnswer"][];
            dispatch: components["schemas"]["SentDispatchAnswer"];
            dispatch_id: string;
            ended_at: number | null;
            ended_by: string;
            found_at: number;
            id: string;
            incident: components["schemas"]["StuckIncidentAnswer"];
            incident_id: string;
            /** @enum {unknown} */
            kind: "overdue" | "refused" | "still" | "unanswered";
            next: components["schemas"]["CandidateAnswer"] | null;
            note: string;
            outcome: ("accepted" | "arrived" | "cancelled" | "closed" | "done" | "handled" | "moved" | "next" | "noted" | "refused" | "withdrawn") | "";
            since: number;
        };
        /** @description A base map by a style of vector tiles, at `url`. */
        StyleMapAnswer: {
            attribution: string;
            gcj02: boolean;
            /** @enum {unknown} */
            kind: "style";
            url: string;
        };
        /** @description The sub-stream that was found, and what it sends. `sub_url` None: none was, and `probe` is of the main stream. */
        SubStreamAnswer: {
            probe: components["schemas"]["ProbeAnswer"];
            sub_url: string | null;
            tried: number;
        };
        /** @description A guard whom an officer might check. `weight`: of all reasons together; 0 where the lot or the time said so. */
        SuggestionAnswer: {
            /** @enum {unknown} */
            chosen_by: "own" | "random" | "risk" | "unchecked";
            guard: components["schemas"]["GuardAnswer"];
            guard_id: string;
            reasons: components["schemas"]["SuggestionReasonAnswer"][];
            weight: number;
        };
        /** @description Why a guard is suggested. `value`: a count, a share of time or days, as `key` says. */
        SuggestionReasonAnswer: {
            key: string;
            value: number;
        };
        /**
         * @description The day's suggestions, how many checks it should have and how many it has; with the platform's own silences, which no guard is
         *         blamed for.
         */
        SuggestionsAnswer: {
            day: string;
            done: number;
            items: components["schemas"]["SuggestionAnswer"][];
            quota: number;
            silences: components["schemas"]["SilenceAnswer"][];
        };
        /** @description `other_entry_id`: the shift taken for it; None: only given away. */
        Swap: {
            entry_id: string;
            other_entry_id?: string | null;
            other_guard_id: string;
            reason: string;
        };
        /** @description How much of one camera would go. A camera that was removed has its id for a name. */
        SweepCameraAnswer: {
            camera_id: string;
            count: number;
            name: string;
            name_en: string;
        };
        /** @description The stop after a person's word. */
        SweepDecidedAnswer: {
            stop: components["schemas"]["SweepStopAnswer"];
        };
        /** @description `looked_at` of the stop is what a decision is bound to. */
        SweepLookAnswer: {
            stop: components["schemas"]["GoingSweepAnswer"];
        };
        /** @description Purges of one kind that stand still. Times are the database's clock. */
        SweepStopAnswer: {
            at: number;
            cut_at: number | null;
            decided_at: number | null;
            decided_by: string | null;
            found: {
                [key: string]: number;
            };
            /** @enum {unknown} */
            kind: "evidence" | "files" | "quarantine" | "reports" | "trails";
            note: string;
            number: number;
            rang_at: number;
            /** @enum {unknown} */
            reason: "clocks" | "many" | "step";
            rings: number;
            state: string;
        };
        /** @description `cut_at`: the `cut_at` of the look; what fell due later does not go. */
        SweepWordForm: {
            cut_at?: number | null;
            /** @enum {string} */
            decision: "go" | "hold";
            note: string;
        };
        TakeOverForm: {
            alert_id: string;
            word: string;
        };
        /** @description Who took escalations, and how many. */
        TakerAnswer: {
            name: string;
            taken: number;
        };
        /** @description A guard's task as his own page shows it. */
        TaskAnswer: {
            accepted_at: number | null;
            arrived_at: number | null;
            arrived_fix_id: string | null;
            called_at: number;
            called_by: string;
            called_by_id: string;
            distance_m: number | null;
            done_at: number | null;
            done_note: string;
            guard: components["schemas"]["SentGuardAnswer"];
            guard_id: string;
            id: string;
            incident_id: string;
            instruction: string;
            lat: number;
            lon: number;
            others: components["schemas"]["CompanionAnswer"][];
            pictures_here: number;
            place_name: string;
            refused_at: number | null;
            refused_code: ("alone_at_night" | "busy" | "on_break" | "unable" | "unlawful" | "unsafe") | "";
            refused_found: components["schemas"]["RefusalFoundAnswer"];
            refused_reason: string;
            review: ("dismissed" | "upheld") | null;
            review_note: string;
            reviewed_at: number | null;
            reviewed_by: string | null;
            said_accuracy_m: number | null;
            said_at: number | null;
            said_lat: number | null;
            said_lon: number | null;
            said_off_m: number | null;
            said_received_at: number | null;
            shift_id: string;
            since: number | null;
            situation: string | null;
            /** @enum {unknown} */
            state: "accepted" | "arrived" | "called" | "cancelled" | "done" | "refused";
            still_at: number | null;
            still_lat: number | null;
            still_lon: number | null;
            unit: components["schemas"]["NamedAnswer"];
            unit_id: string;
        };
        TaskDoneForm: {
            /** @default  */
            note?: string;
        };
        /** @description A picture that a guard took at a task. `at`: by the phone's clock; `received_at`: its words came, `media_at`: the picture did. */
        TaskPictureAnswer: {
            at: number;
            id: string;
            media_at: number | null;
            /** @enum {unknown} */
            media_state: "coming" | "here" | "none" | "purged";
            received_at: number;
            words: string;
        };
        /** @description `at`: by the phone's clock; the place where the phone has one. */
        There: {
            accuracy_m?: number | null;
            at: number;
            lat?: number | null;
            lon?: number | null;
        };
        /** @description A base map of raster tiles. `tiles`: their addresses, with {z}, {x} and {y}; `gcj02`: drawn in that system, not in WGS-84. */
        TilesMapAnswer: {
            attribution: string;
            gcj02: boolean;
            /** @enum {unknown} */
            kind: "tiles";
            max_zoom: number;
            tiles: string[];
        };
        /** @description What arrives of a guard's tracker (`tracker_of`). Times are epoch seconds; the place WGS-84. */
        TrackerAnswer: {
            accuracy_m: number | null;
            fix_at: number | null;
            fix_received_at: number | null;
            heard_at: number | null;
            lat: number | null;
            lon: number | null;
            platform_since: number | null;
            silent: boolean;
        };
        /** @description The boxes of one track over time, in order. `cause`: this track made the rule true. */
        TrackPath: {
            cause: boolean;
            label: string;
            points: components["schemas"]["TrackPoint"][];
            track_id: string;
        };
        /** @description A track at one moment: epoch seconds, box, score. */
        TrackPoint: [
            number,
            [
                number,
                number,
                number,
                number
            ],
            number
        ];
        /** @description A guard's trail, looked at for a purpose. `coarse`: over so long a time that it is one point a minute, nothing judged. */
        TrailAnswer: {
            case_ref: string;
            coarse: boolean;
            fixes: components["schemas"]["TrailFixAnswer"][];
            gaps: components["schemas"]["SilenceAnswer"][];
            guard: components["schemas"]["GuardAnswer"];
            look_id: string;
            map: components["schemas"]["TrailMapAnswer"] | null;
            /** @enum {unknown} */
            purpose: "appeal" | "case" | "complaint" | "incident" | "maintenance" | "point_call" | "spot_check";
            rests: components["schemas"]["TrailStayAnswer"][];
            shift_ids: string[];
            shifts: components["schemas"]["TrailShiftAnswer"][];
            silences: components["schemas"]["SilenceAnswer"][];
            stops: components["schemas"]["TrailStayAnswer"][];
            visits: components["schemas"]["VisitAnswer"][];
        };
        /** @description An area as it is drawn under a trail. */
        TrailAreaAnswer: {
            checkpoints: components["schemas"]["MapCheckpointAnswer"][];
            id: string;
            key_area: boolean;
            name: string;
            name_en: string;
            polygon: [
                number,
                number
            ][];
        };
        /**
         * @description What a shift came to so far: seconds in the area, outside, unknown, on breaks; `platform_s`: of the unknown, while the platform itself
         *         received nothing.
         */
        TrailFactsAnswer: {
            break_s: number;
            checkpoints: string[];
            confirmed_s: number;
            doubts: components["schemas"]["DoubtCount"][];
            outside_s: number;
            platform_s: number;
            unknown_s: number;
        };
        /** @description A point of somebody else's trail. */
        TrailFixAnswer: {
            accuracy_m: number | null;
            at: number;
            clock_off_s?: number;
            doubts: ("at_rest" | "clock_ahead" | "clock_skew" | "frozen" | "identical_trail" | "inaccurate" | "jump" | "same_moment" | "shared_device" | "shared_position" | "teleport" | "too_fast" | "two_phones" | "wrong_coord_sys")[];
            lat: number;
            lon: number;
            off_m?: number | null;
            speed_mps: number | null;
            /** @enum {unknown} */
            system?: "bd09" | "gcj02" | "wgs84";
        };
        /** @description What is drawn under a trail for who may not see the map: the shifts' areas and the streets around; no camera, no unit. */
        TrailMapAnswer: {
            areas: components["schemas"]["TrailAreaAnswer"][];
            cameras: unknown[];
            streets: Record<string, unknown>;
            units: unknown[];
        };
        /** @description A shift that a look reaches. `plan`: None where the look is coarse. */
        TrailShiftAnswer: {
            area_id: string;
            area_name: string;
            area_name_en: string;
            closed_at: number | null;
            closed_by: string | null;
            closed_by_id: string | null;
            closed_how: string;
            closed_note: string;
            due_end_at: number;
            duty_since: number | null;
            duty_state: string;
            facts: components["schemas"]["TrailFactsAnswer"];
            facts_version: number;
            guard: components["schemas"]["GuardAnswer"];
            guard_id: string;
            id: string;
            opened_at: number;
            opened_by: string;
            opened_by_id: string;
            opened_how: string;
            overdue_at: number;
            pauses: [
                number,
                number
            ][];
            plan: components["schemas"]["RoundPlanAnswer"] | null;
            post_id: string | null;
            unit_id: string;
        };
        /** @description A time at one place. */
        TrailStayAnswer: {
            from_at: number;
            lat: number;
            lon: number;
            to_at: number;
        };
        /** @description The clip is being made playable; it comes when asked for again (`clip_response`). */
        TranscodingAnswer: {
            /** @enum {unknown} */
            state: "transcoding";
        };
        /** @description Who was never checked first, then who was checked the longest ago. */
        UncheckedAnswer: {
            days: number;
            items: components["schemas"]["UncheckedGuardAnswer"][];
        };
        /** @description A guard on duty whom nobody checked for long. `shifts`: of the last `days` days; `checked_at` None: never. */
        UncheckedGuardAnswer: {
            checked_at: number | null;
            guard: components["schemas"]["GuardAnswer"];
            last_shift_at: number;
            shifts: number;
        };
        /** @description A security unit. `service_area`: the ring that it may serve in, None: not said. */
        UnitAnswer: {
            id: string;
            /** @enum {unknown} */
            kind: "property" | "security_company" | "self_hired";
            name: string;
            name_en: string;
            phone: string;
            service_area: [
                number,
                number
            ][] | null;
            station_id: string | null;
        };
        /** @description A security unit by name (`unit_brief`). */
        UnitBriefAnswer: {
            id: string;
            /** @enum {unknown} */
            kind: "property" | "security_company" | "self_hired";
            name: string;
            name_en: string;
        };
        /** @description A day of a guard that was not planned. `said`: the sentence of `key` and its `values` in the language that was asked for. */
        UnplannedDayAnswer: {
            day: string;
            guard_id: string;
            key: string;
            said: string;
            values: Record<string, unknown>;
        };
        /** @description A checkpoint that a shift visited, with the fix that came nearest as its proof. Times are epoch seconds. */
        VisitAnswer: {
            checkpoint_id: string;
            distance_m: number;
            first_at: number;
            fix_id: string;
            last_at: number;
            shift_id: string;
        };
        /** @description A checkpoint visited, with the fix that came nearest as its proof. */
        VisitFact: {
            checkpoint_id: string;
            distance_m: number;
            first_at: number;
            fix_id: string;
            last_at: number;
        };
        /** @description `since_s`: the planned seconds since somebody passed, None: nobody ever did. Left-out cells have none. */
        WaitingCellAnswer: {
            at?: number | null;
            by?: string | null;
            cell: string;
            since_s?: number | null;
            /** @enum {unknown} */
            state: "covered" | "due" | "left_out" | "overdue" | "unseen";
            why?: string;
        };
        /** @description The ledger of a day, a page of cameras by id. */
        WatchAnswer: {
            begin: number;
            county: components["schemas"]["WatchShareAnswer"];
            day: string;
            items: components["schemas"]["WatchLineAnswer"][];
            legend: {
                [key: string]: string;
            };
            next: string | null;
        };
        /** @description One camera's day, in minutes. */
        WatchLineAnswer: {
            blind: number;
            camera_id: string;
            dropped: number;
            due: number;
            line: string;
            looked: number;
            name: string;
            name_en: string;
            reasons: {
                [key: string]: number;
            };
            reduced: number;
            share: number | null;
            watched: number;
        };
        /** @description Camera-minutes of a day over all cameras. */
        WatchShareAnswer: {
            blind: number;
            cameras: number;
            reasons: {
                [key: string]: number;
            };
            reduced: number;
            share: number | null;
            watched: number;
        };
        /** @description How many entries were planned again, and how many could not be. */
        WeekCopiedAnswer: {
            copied: number;
            left_out: number;
        };
        /** @description How late the alerts of a worker are, in a few words. Each time is in seconds, None: not known. */
        WorkerLineAnswer: {
            heard_s: number | null;
            shown_s: number | null;
            state: string;
            stored_s: number | null;
        };
        /** @description A zone from which many alerts came. `share`: of all alerts. */
        WorstZoneAnswer: {
            alerts: number;
            camera: components["schemas"]["NamedAnswer"];
            camera_id: string;
            confirmed: number;
            false: number;
            false_share: components["schemas"]["Bounded"] | null;
            ignored: number;
            share: number;
            waiting: number;
            zone: components["schemas"]["NamedAnswer"];
            zone_id: string;
            zone_name: string;
        };
        /**
         * @description A rule drawn on one camera's picture. `points`: a polygon (3 or more), or for a line crossing its two ends;
         *         a crossing counts from the line's left to its right when looking from the first point to the second, as seen on the
         *         image; `both_ways` counts either.
         */
        Zone: {
            /** @default false */
            both_ways?: boolean;
            /** @default true */
            enabled?: boolean;
            id: string;
            /** @default  */
            instruction?: string;
            /** @default false */
            key_area?: boolean;
            /**
             * @default [
             *       "person"
             *     ]
             */
            labels?: string[];
            /** @default 0 */
            least_height?: number;
            name: string;
            /** @default [] */
            off_calendars?: string[];
            /** @default [] */
            off_days?: number[];
            /** @default [] */
            on_calendars?: string[];
            /** @default [] */
            on_days?: number[];
            /** @default null */
            people?: number | null;
            points: [
                number,
                number
            ][];
            /** @default null */
            priority?: number | null;
            /** @default [] */
            schedules?: components["schemas"]["Schedule"][];
            /** @default null */
            seconds?: number | null;
            /** @enum {unknown} */
            situation: "density" | "intrusion" | "line_crossing" | "loitering";
            /** @enum {unknown} */
            type: "zone";
            /** @default 1 */
            version?: number;
        };
        /** @description A zone as it is kept, with its English name, which may be empty. What is not there has its default of `lianqin.records.Zone`. */
        ZoneAnswer: {
            both_ways?: boolean;
            camera_id: string;
            enabled?: boolean;
            id: string;
            instruction?: string;
            key_area?: boolean;
            labels?: string[];
            least_height?: number;
            name: string;
            name_en: string;
            off_calendars?: string[];
            off_days?: number[];
            on_calendars?: string[];
            on_days?: number[];
            people?: number | null;
            points: [
                number,
                number
            ][];
            priority?: number | null;
            schedules?: components["schemas"]["Schedule"][];
            seconds?: number | null;
            /** @enum {unknown} */
            situation: "density" | "intrusion" | "line_crossing" | "loitering";
            /** @enum {unknown} */
            type?: "zone";
            version?: number;
        };
        /** @description What a zone as it is drawn makes of yesterday's alerts. `of_zone`: of its own; else of all the camera's zones. */
        ZoneTrialAnswer: {
            cut: boolean;
            from_at: number;
            of_zone: boolean;
            raised: number;
            spared: {
                [key: string]: number;
            };
            spared_ids: string[];
            to_at: number;
            total: number;
            unknown: number;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type AccountAnswer = components['schemas']['AccountAnswer'];
export type AccountBriefAnswer = components['schemas']['AccountBriefAnswer'];
export type AccountDoneAnswer = components['schemas']['AccountDoneAnswer'];
export type Act = components['schemas']['Act'];
export type ActAnswer = components['schemas']['ActAnswer'];
export type ActDoneAnswer = components['schemas']['ActDoneAnswer'];
export type ActWordForm = components['schemas']['ActWordForm'];
export type AlarmBudgetAnswer = components['schemas']['AlarmBudgetAnswer'];
export type AlarmCallsAnswer = components['schemas']['AlarmCallsAnswer'];
export type AlarmRateAnswer = components['schemas']['AlarmRateAnswer'];
export type AlarmWaitAnswer = components['schemas']['AlarmWaitAnswer'];
export type AlarmWaitsAnswer = components['schemas']['AlarmWaitsAnswer'];
export type AlertAnswer = components['schemas']['AlertAnswer'];
export type AlertCameraAnswer = components['schemas']['AlertCameraAnswer'];
export type AlertInFullAnswer = components['schemas']['AlertInFullAnswer'];
export type AlertOutageAnswer = components['schemas']['AlertOutageAnswer'];
export type Apply = components['schemas']['Apply'];
export type AttentionAnswer = components['schemas']['AttentionAnswer'];
export type AuditRowAnswer = components['schemas']['AuditRowAnswer'];
export type BadCellAnswer = components['schemas']['BadCellAnswer'];
export type Bind = components['schemas']['Bind'];
export type BoundAnswer = components['schemas']['BoundAnswer'];
export type Bounded = components['schemas']['Bounded'];
export type Break = components['schemas']['Break'];
export type BreakAnswer = components['schemas']['BreakAnswer'];
export type Bulk = components['schemas']['Bulk'];
export type BulkAnswer = components['schemas']['BulkAnswer'];
export type BulkFieldsAnswer = components['schemas']['BulkFieldsAnswer'];
export type BulkFilterForm = components['schemas']['BulkFilterForm'];
export type BulkPlanAnswer = components['schemas']['BulkPlanAnswer'];
export type BulkPlannedAnswer = components['schemas']['BulkPlannedAnswer'];
export type BulkSampleAnswer = components['schemas']['BulkSampleAnswer'];
export type BulkStepAnswer = components['schemas']['BulkStepAnswer'];
export type BulkValueAnswer = components['schemas']['BulkValueAnswer'];
export type ByLot = components['schemas']['ByLot'];
export type ByName = components['schemas']['ByName'];
export type CalendarAnswer = components['schemas']['CalendarAnswer'];
export type CalendarKeptAnswer = components['schemas']['CalendarKeptAnswer'];
export type Call = components['schemas']['Call'];
export type CallAnswerForm = components['schemas']['CallAnswerForm'];
export type CalledAnswer = components['schemas']['CalledAnswer'];
export type CalledPlaceAnswer = components['schemas']['CalledPlaceAnswer'];
export type CallEvidenceAnswer = components['schemas']['CallEvidenceAnswer'];
export type CallLimitsAnswer = components['schemas']['CallLimitsAnswer'];
export type CallOutcome = components['schemas']['CallOutcome'];
export type CallPlaceAnswer = components['schemas']['CallPlaceAnswer'];
export type CameraDayAnswer = components['schemas']['CameraDayAnswer'];
export type CameraKeptAnswer = components['schemas']['CameraKeptAnswer'];
export type CameraReportAnswer = components['schemas']['CameraReportAnswer'];
export type CameraReportsAnswer = components['schemas']['CameraReportsAnswer'];
export type CamerasAnswer = components['schemas']['CamerasAnswer'];
export type CamerasImportedAnswer = components['schemas']['CamerasImportedAnswer'];
export type CanaryAnswer = components['schemas']['CanaryAnswer'];
export type CanaryDrawnAnswer = components['schemas']['CanaryDrawnAnswer'];
export type CanaryFiguresAnswer = components['schemas']['CanaryFiguresAnswer'];
export type CanarySpanAnswer = components['schemas']['CanarySpanAnswer'];
export type CanarySpreadAnswer = components['schemas']['CanarySpreadAnswer'];
export type CanaryStepsAnswer = components['schemas']['CanaryStepsAnswer'];
export type CanaryStepSecondsAnswer = components['schemas']['CanaryStepSecondsAnswer'];
export type CanaryWorkerAnswer = components['schemas']['CanaryWorkerAnswer'];
export type CandidateAnswer = components['schemas']['CandidateAnswer'];
export type CaseNumberAnswer = components['schemas']['CaseNumberAnswer'];
export type CaseOfferAnswer = components['schemas']['CaseOfferAnswer'];
export type CellFeatureAnswerIdleCellAnswer = components['schemas']['CellFeatureAnswer_IdleCellAnswer_'];
export type CellFeatureAnswerWaitingCellAnswer = components['schemas']['CellFeatureAnswer_WaitingCellAnswer_'];
export type CellForm = components['schemas']['CellForm'];
export type CellsAnswer = components['schemas']['CellsAnswer'];
export type CellShapeAnswer = components['schemas']['CellShapeAnswer'];
export type CertifiedGuardAnswer = components['schemas']['CertifiedGuardAnswer'];
export type Changes = components['schemas']['Changes'];
export type CheckAnswer = components['schemas']['CheckAnswer'];
export type CheckedPurgeCertificateAnswer = components['schemas']['CheckedPurgeCertificateAnswer'];
export type CheckForm = components['schemas']['CheckForm'];
export type CheckIn = components['schemas']['CheckIn'];
export type CheckInAnswer = components['schemas']['CheckInAnswer'];
export type CheckpointAnswer = components['schemas']['CheckpointAnswer'];
export type CheckSheetAnswer = components['schemas']['CheckSheetAnswer'];
export type CheckSignedAnswer = components['schemas']['CheckSignedAnswer'];
export type ChecksWaitingAnswer = components['schemas']['ChecksWaitingAnswer'];
export type Chosen = components['schemas']['Chosen'];
export type ClockCorrectedAnswer = components['schemas']['ClockCorrectedAnswer'];
export type ClockForm = components['schemas']['ClockForm'];
export type CloseCallForm = components['schemas']['CloseCallForm'];
export type CloseIncidentForm = components['schemas']['CloseIncidentForm'];
export type CloseShiftForm = components['schemas']['CloseShiftForm'];
export type CodeForm = components['schemas']['CodeForm'];
export type Comment = components['schemas']['Comment'];
export type CommentAnswer = components['schemas']['CommentAnswer'];
export type CommentWrittenAnswer = components['schemas']['CommentWrittenAnswer'];
export type CompanionAnswer = components['schemas']['CompanionAnswer'];
export type CompanyGuardAnswer = components['schemas']['CompanyGuardAnswer'];
export type CompanyNowAnswer = components['schemas']['CompanyNowAnswer'];
export type ConfirmedAnswer = components['schemas']['ConfirmedAnswer'];
export type ConfirmForm = components['schemas']['ConfirmForm'];
export type ContactAnswer = components['schemas']['ContactAnswer'];
export type Copy = components['schemas']['Copy'];
export type CorrectedClockAnswer = components['schemas']['CorrectedClockAnswer'];
export type CoverageAnswer = components['schemas']['CoverageAnswer'];
export type CoveragesAnswer = components['schemas']['CoveragesAnswer'];
export type DeadLetterAnswer = components['schemas']['DeadLetterAnswer'];
export type DeadLetterBodyAnswer = components['schemas']['DeadLetterBodyAnswer'];
export type DeadLettersAnswer = components['schemas']['DeadLettersAnswer'];
export type DeadLettersHeldAnswer = components['schemas']['DeadLettersHeldAnswer'];
export type DeskHandOverAnswer = components['schemas']['DeskHandOverAnswer'];
export type DeskHandOversAnswer = components['schemas']['DeskHandOversAnswer'];
export type DeviceAnswer = components['schemas']['DeviceAnswer'];
export type DeviceEnrolledAnswer = components['schemas']['DeviceEnrolledAnswer'];
export type DevicesAnswer = components['schemas']['DevicesAnswer'];
export type DiscoveryAnswer = components['schemas']['DiscoveryAnswer'];
export type DispatchAnswer = components['schemas']['DispatchAnswer'];
export type DispatchOutcome = components['schemas']['DispatchOutcome'];
export type DoubtCount = components['schemas']['DoubtCount'];
export type Drafts = components['schemas']['Drafts'];
export type DraftsAnswer = components['schemas']['DraftsAnswer'];
export type DrawAnswer = components['schemas']['DrawAnswer'];
export type DrawBriefAnswer = components['schemas']['DrawBriefAnswer'];
export type DrawExcludedAnswer = components['schemas']['DrawExcludedAnswer'];
export type Drawn = components['schemas']['Drawn'];
export type DrawnAnswer = components['schemas']['DrawnAnswer'];
export type DrawnForm = components['schemas']['DrawnForm'];
export type DrawnFromAnswer = components['schemas']['DrawnFromAnswer'];
export type DrawnZoneAnswer = components['schemas']['DrawnZoneAnswer'];
export type DrawWithCallsAnswer = components['schemas']['DrawWithCallsAnswer'];
export type DutyFiguresAnswer = components['schemas']['DutyFiguresAnswer'];
export type EndingCertificateAnswer = components['schemas']['EndingCertificateAnswer'];
export type Enrol = components['schemas']['Enrol'];
export type EnrolledAnswer = components['schemas']['EnrolledAnswer'];
export type EnteredAnswer = components['schemas']['EnteredAnswer'];
export type EntryChangeForm = components['schemas']['EntryChangeForm'];
export type EscalatedAlertAnswer = components['schemas']['EscalatedAlertAnswer'];
export type EscalationAnswer = components['schemas']['EscalationAnswer'];
export type EscalationCountAnswer = components['schemas']['EscalationCountAnswer'];
export type EvidenceDiskAnswer = components['schemas']['EvidenceDiskAnswer'];
export type EvidenceHeldAnswer = components['schemas']['EvidenceHeldAnswer'];
export type EvidenceHoldAnswer = components['schemas']['EvidenceHoldAnswer'];
export type EvidenceKeepingAnswer = components['schemas']['EvidenceKeepingAnswer'];
export type EvidenceRoomAnswer = components['schemas']['EvidenceRoomAnswer'];
export type ExportForm = components['schemas']['ExportForm'];
export type FactorAnswer = components['schemas']['FactorAnswer'];
export type FactorLinkAnswer = components['schemas']['FactorLinkAnswer'];
export type FactorResetAnswer = components['schemas']['FactorResetAnswer'];
export type FactorResetDoneAnswer = components['schemas']['FactorResetDoneAnswer'];
export type FailedLogInAnswer = components['schemas']['FailedLogInAnswer'];
export type FalseAlarm = components['schemas']['FalseAlarm'];
export type FalseMonthAnswer = components['schemas']['FalseMonthAnswer'];
export type FalsePlace = components['schemas']['FalsePlace'];
export type FalseReasonAnswer = components['schemas']['FalseReasonAnswer'];
export type FalseReasonCountAnswer = components['schemas']['FalseReasonCountAnswer'];
export type FalseReasonMonthAnswer = components['schemas']['FalseReasonMonthAnswer'];
export type FloodAnswer = components['schemas']['FloodAnswer'];
export type ForgottenAnswer = components['schemas']['ForgottenAnswer'];
export type ForGuard = components['schemas']['ForGuard'];
export type FoundDeviceAnswer = components['schemas']['FoundDeviceAnswer'];
export type Gap = components['schemas']['Gap'];
export type GoingSweepAnswer = components['schemas']['GoingSweepAnswer'];
export type GridAnswer = components['schemas']['GridAnswer'];
export type GridFaultAnswer = components['schemas']['GridFaultAnswer'];
export type GridReportAnswer = components['schemas']['GridReportAnswer'];
export type GridsAnswer = components['schemas']['GridsAnswer'];
export type GroundAnswer = components['schemas']['GroundAnswer'];
export type GroundAreaAnswer = components['schemas']['GroundAreaAnswer'];
export type GroundItemAnswer = components['schemas']['GroundItemAnswer'];
export type GroundMapAnswer = components['schemas']['GroundMapAnswer'];
export type GroundPutAnswer = components['schemas']['GroundPutAnswer'];
export type GroundRowAnswer = components['schemas']['GroundRowAnswer'];
export type GuardAnswer = components['schemas']['GuardAnswer'];
export type GuardContactAnswer = components['schemas']['GuardContactAnswer'];
export type GuardPhoneAnswer = components['schemas']['GuardPhoneAnswer'];
export type HandOverForm = components['schemas']['HandOverForm'];
export type HandOverOfferAnswer = components['schemas']['HandOverOfferAnswer'];
export type HandOverSheetAnswer = components['schemas']['HandOverSheetAnswer'];
export type HealthAnswer = components['schemas']['HealthAnswer'];
export type HeldByAnswer = components['schemas']['HeldByAnswer'];
export type HelpNumberAnswer = components['schemas']['HelpNumberAnswer'];
export type HoldForm = components['schemas']['HoldForm'];
export type Hours = components['schemas']['Hours'];
export type IdleCellAnswer = components['schemas']['IdleCellAnswer'];
export type IdleCellsAnswer = components['schemas']['IdleCellsAnswer'];
export type IncidentAnswer = components['schemas']['IncidentAnswer'];
export type IncidentDispatchAnswer = components['schemas']['IncidentDispatchAnswer'];
export type IncidentInFullAnswer = components['schemas']['IncidentInFullAnswer'];
export type IncidentInListAnswer = components['schemas']['IncidentInListAnswer'];
export type ItemsBulkAnswer = components['schemas']['Items_BulkAnswer_'];
export type ItemsCaseOfferAnswer = components['schemas']['Items_CaseOfferAnswer_'];
export type ItemsCommentAnswer = components['schemas']['Items_CommentAnswer_'];
export type ItemsMakerAnswer = components['schemas']['Items_MakerAnswer_'];
export type ItemsRosterEntryAnswer = components['schemas']['Items_RosterEntryAnswer_'];
export type ItemsSavedViewAnswer = components['schemas']['Items_SavedViewAnswer_'];
export type ItemsSealLine = components['schemas']['Items_SealLine_'];
export type ItemsSpotCheckAnswer = components['schemas']['Items_SpotCheckAnswer_'];
export type JudgedTogetherAnswer = components['schemas']['JudgedTogetherAnswer'];
export type JudgeTogetherForm = components['schemas']['JudgeTogetherForm'];
export type KeptPromiseAnswer = components['schemas']['KeptPromiseAnswer'];
export type KeptViewAnswer = components['schemas']['KeptViewAnswer'];
export type Leave = components['schemas']['Leave'];
export type LeftAnswer = components['schemas']['LeftAnswer'];
export type LetRegisterAnswer = components['schemas']['LetRegisterAnswer'];
export type LineEvidenceAnswer = components['schemas']['LineEvidenceAnswer'];
export type LineFaultAnswer = components['schemas']['LineFaultAnswer'];
export type Lines = components['schemas']['Lines'];
export type LinkForm = components['schemas']['LinkForm'];
export type ListedCameraAnswer = components['schemas']['ListedCameraAnswer'];
export type ListedPurgeCertificateAnswer = components['schemas']['ListedPurgeCertificateAnswer'];
export type LiveLookAnswer = components['schemas']['LiveLookAnswer'];
export type LiveLookBegunAnswer = components['schemas']['LiveLookBegunAnswer'];
export type LiveLookNowAnswer = components['schemas']['LiveLookNowAnswer'];
export type LogInAnswer = components['schemas']['LogInAnswer'];
export type LogInForm = components['schemas']['LogInForm'];
export type LogInLockAnswer = components['schemas']['LogInLockAnswer'];
export type LookAtGuardAnswer = components['schemas']['LookAtGuardAnswer'];
export type LookForm = components['schemas']['LookForm'];
export type MakerAnswer = components['schemas']['MakerAnswer'];
export type ManningAnswer = components['schemas']['ManningAnswer'];
export type ManningNowAnswer = components['schemas']['ManningNowAnswer'];
export type MapAnswer = components['schemas']['MapAnswer'];
export type MapAreaAnswer = components['schemas']['MapAreaAnswer'];
export type MapCameraAnswer = components['schemas']['MapCameraAnswer'];
export type MapCheckpointAnswer = components['schemas']['MapCheckpointAnswer'];
export type Masks = components['schemas']['Masks'];
export type MeAnswer = components['schemas']['MeAnswer'];
export type MeasureEvidence = components['schemas']['MeasureEvidence'];
export type MissingEntryAnswer = components['schemas']['MissingEntryAnswer'];
export type MonthAnswer = components['schemas']['MonthAnswer'];
export type MonthLineAnswer = components['schemas']['MonthLineAnswer'];
export type Move = components['schemas']['Move'];
export type MuteAnswer = components['schemas']['MuteAnswer'];
export type MuteForm = components['schemas']['MuteForm'];
export type MyBreakAnswer = components['schemas']['MyBreakAnswer'];
export type MyCheckInAnswer = components['schemas']['MyCheckInAnswer'];
export type MyDutyAnswer = components['schemas']['MyDutyAnswer'];
export type MyDutyLineAnswer = components['schemas']['MyDutyLineAnswer'];
export type MyHandOverAnswer = components['schemas']['MyHandOverAnswer'];
export type MyMonthAnswer = components['schemas']['MyMonthAnswer'];
export type MyRoundAnswer = components['schemas']['MyRoundAnswer'];
export type MyShiftClosedAnswer = components['schemas']['MyShiftClosedAnswer'];
export type MySosAnswer = components['schemas']['MySosAnswer'];
export type MySosDoneAnswer = components['schemas']['MySosDoneAnswer'];
export type MyStateAnswer = components['schemas']['MyStateAnswer'];
export type MyTrailAnswer = components['schemas']['MyTrailAnswer'];
export type NameAnswer = components['schemas']['NameAnswer'];
export type NamedAnswer = components['schemas']['NamedAnswer'];
export type NearestAnswer = components['schemas']['NearestAnswer'];
export type NewestCanaryAnswer = components['schemas']['NewestCanaryAnswer'];
export type NewPassword = components['schemas']['NewPassword'];
export type Next = components['schemas']['Next'];
export type NoteForm = components['schemas']['NoteForm'];
export type Nothing = components['schemas']['Nothing'];
export type NoticeSignedAnswer = components['schemas']['NoticeSignedAnswer'];
export type NotJudgedAnswer = components['schemas']['NotJudgedAnswer'];
export type OddLookAnswer = components['schemas']['OddLookAnswer'];
export type OddLooksAnswer = components['schemas']['OddLooksAnswer'];
export type Offer = components['schemas']['Offer'];
export type OneAlertAnswer = components['schemas']['OneAlertAnswer'];
export type OneDeskHandOverAnswer = components['schemas']['OneDeskHandOverAnswer'];
export type OneDispatchAnswer = components['schemas']['OneDispatchAnswer'];
export type OneIncidentAnswer = components['schemas']['OneIncidentAnswer'];
export type OpenDeskAnswer = components['schemas']['OpenDeskAnswer'];
export type OpenPromiseAnswer = components['schemas']['OpenPromiseAnswer'];
export type OpenShiftForm = components['schemas']['OpenShiftForm'];
export type Other = components['schemas']['Other'];
export type OutageAnswer = components['schemas']['OutageAnswer'];
export type OwnAccountAnswer = components['schemas']['OwnAccountAnswer'];
export type OwnCloseForm = components['schemas']['OwnCloseForm'];
export type OwnFactorAnswer = components['schemas']['OwnFactorAnswer'];
export type OwnFixAnswer = components['schemas']['OwnFixAnswer'];
export type OwnOpenForm = components['schemas']['OwnOpenForm'];
export type OwnReportAnswer = components['schemas']['OwnReportAnswer'];
export type OwnReportDoneAnswer = components['schemas']['OwnReportDoneAnswer'];
export type OwnSosAnswer = components['schemas']['OwnSosAnswer'];
export type PageAccountAnswer = components['schemas']['Page_AccountAnswer_'];
export type PageActAnswer = components['schemas']['Page_ActAnswer_'];
export type PageAlertAnswer = components['schemas']['Page_AlertAnswer_'];
export type PageCalendarAnswer = components['schemas']['Page_CalendarAnswer_'];
export type PageCompanyGuardAnswer = components['schemas']['Page_CompanyGuardAnswer_'];
export type PageDispatchAnswer = components['schemas']['Page_DispatchAnswer_'];
export type PageFactorAnswer = components['schemas']['Page_FactorAnswer_'];
export type PageFactorResetAnswer = components['schemas']['Page_FactorResetAnswer_'];
export type PageFailedLogInAnswer = components['schemas']['Page_FailedLogInAnswer_'];
export type PageFalseReasonAnswer = components['schemas']['Page_FalseReasonAnswer_'];
export type PageGuardAnswer = components['schemas']['Page_GuardAnswer_'];
export type PageGuardPhoneAnswer = components['schemas']['Page_GuardPhoneAnswer_'];
export type PageIncidentInListAnswer = components['schemas']['Page_IncidentInListAnswer_'];
export type PageLogInLockAnswer = components['schemas']['Page_LogInLockAnswer_'];
export type PageOpenPromiseAnswer = components['schemas']['Page_OpenPromiseAnswer_'];
export type PageOwnReportAnswer = components['schemas']['Page_OwnReportAnswer_'];
export type PagePatternAnswer = components['schemas']['Page_PatternAnswer_'];
export type PagePointCallAnswer = components['schemas']['Page_PointCallAnswer_'];
export type PagePurgeCertificateAnswer = components['schemas']['Page_PurgeCertificateAnswer_'];
export type PageReportAnswer = components['schemas']['Page_ReportAnswer_'];
export type PageRosterRequestAnswer = components['schemas']['Page_RosterRequestAnswer_'];
export type PageRungAnswer = components['schemas']['Page_RungAnswer_'];
export type PageShelfAnswer = components['schemas']['Page_ShelfAnswer_'];
export type PageShiftAnswer = components['schemas']['Page_ShiftAnswer_'];
export type PageSignInAddressAnswer = components['schemas']['Page_SignInAddressAnswer_'];
export type PageSignInAnswer = components['schemas']['Page_SignInAnswer_'];
export type PageSignInOfAnswer = components['schemas']['Page_SignInOfAnswer_'];
export type PageSosAnswer = components['schemas']['Page_SosAnswer_'];
export type PageSpotCheckAnswer = components['schemas']['Page_SpotCheckAnswer_'];
export type PageStuckNowAnswer = components['schemas']['Page_StuckNowAnswer_'];
export type PageSweepStopAnswer = components['schemas']['Page_SweepStopAnswer_'];
export type PageSettingsAnswer = components['schemas']['PageSettingsAnswer'];
export type PairAnswer = components['schemas']['PairAnswer'];
export type PastStuckAnswer = components['schemas']['PastStuckAnswer'];
export type PatternAnswer = components['schemas']['PatternAnswer'];
export type PatternDoneAnswer = components['schemas']['PatternDoneAnswer'];
export type PhoneAnswer = components['schemas']['PhoneAnswer'];
export type PhoneCodeAnswer = components['schemas']['PhoneCodeAnswer'];
export type PlanForm = components['schemas']['PlanForm'];
export type PlannedByPatternAnswer = components['schemas']['PlannedByPatternAnswer'];
export type PlannedRoundAnswer = components['schemas']['PlannedRoundAnswer'];
export type PmtilesMapAnswer = components['schemas']['PmtilesMapAnswer'];
export type PointCallAnswer = components['schemas']['PointCallAnswer'];
export type PointCallDoneAnswer = components['schemas']['PointCallDoneAnswer'];
export type PointsAnswer = components['schemas']['PointsAnswer'];
export type PostAnswer = components['schemas']['PostAnswer'];
export type PostCode = components['schemas']['PostCode'];
export type PrecisionAnswer = components['schemas']['PrecisionAnswer'];
export type Press = components['schemas']['Press'];
export type PrioritySplitAnswer = components['schemas']['PrioritySplitAnswer'];
export type ProbeAnswer = components['schemas']['ProbeAnswer'];
export type ProbedAnswer = components['schemas']['ProbedAnswer'];
export type ProbeForm = components['schemas']['ProbeForm'];
export type ProblemAnswer = components['schemas']['ProblemAnswer'];
export type PromiseAnswer = components['schemas']['PromiseAnswer'];
export type PurgeCertificateAnswer = components['schemas']['PurgeCertificateAnswer'];
export type Purpose = components['schemas']['Purpose'];
export type QuarantineAnswer = components['schemas']['QuarantineAnswer'];
export type QuarantinedAnswer = components['schemas']['QuarantinedAnswer'];
export type QuarantineReasonAnswer = components['schemas']['QuarantineReasonAnswer'];
export type Radio = components['schemas']['Radio'];
export type ReachedGuardAnswer = components['schemas']['ReachedGuardAnswer'];
export type ReasonForm = components['schemas']['ReasonForm'];
export type ReasonValuesAnswer = components['schemas']['ReasonValuesAnswer'];
export type RecordAnswer = components['schemas']['RecordAnswer'];
export type RecordChoicesAnswer = components['schemas']['RecordChoicesAnswer'];
export type RecordsAnswer = components['schemas']['RecordsAnswer'];
export type RecordSentAnswer = components['schemas']['RecordSentAnswer'];
export type RecoveryCodesAnswer = components['schemas']['RecoveryCodesAnswer'];
export type RefusalForm = components['schemas']['RefusalForm'];
export type RefusalFoundAnswer = components['schemas']['RefusalFoundAnswer'];
export type RefusedRegistrationAnswer = components['schemas']['RefusedRegistrationAnswer'];
export type RegisterAnswer = components['schemas']['RegisterAnswer'];
export type RegistrationAnswer = components['schemas']['RegistrationAnswer'];
export type Reopen = components['schemas']['Reopen'];
export type ReportAnswer = components['schemas']['ReportAnswer'];
export type ReportDoneAnswer = components['schemas']['ReportDoneAnswer'];
export type ReportForm = components['schemas']['ReportForm'];
export type ReportGuardAnswer = components['schemas']['ReportGuardAnswer'];
export type ReportNoteForm = components['schemas']['ReportNoteForm'];
export type RequestDecisionForm = components['schemas']['RequestDecisionForm'];
export type ResetForm = components['schemas']['ResetForm'];
export type Review = components['schemas']['Review'];
export type ReviewAnswer = components['schemas']['ReviewAnswer'];
export type ReviewDoneAnswer = components['schemas']['ReviewDoneAnswer'];
export type ReviewForm = components['schemas']['ReviewForm'];
export type ReviewsAnswer = components['schemas']['ReviewsAnswer'];
export type RingCountAnswer = components['schemas']['RingCountAnswer'];
export type RingForm = components['schemas']['RingForm'];
export type RingsForm = components['schemas']['RingsForm'];
export type RingsTakenAnswer = components['schemas']['RingsTakenAnswer'];
export type RosterAnswer = components['schemas']['RosterAnswer'];
export type RosterEntryAnswer = components['schemas']['RosterEntryAnswer'];
export type RosterEntryDoneAnswer = components['schemas']['RosterEntryDoneAnswer'];
export type RosterRequestAnswer = components['schemas']['RosterRequestAnswer'];
export type RosterRequestDoneAnswer = components['schemas']['RosterRequestDoneAnswer'];
export type RoundAnswer = components['schemas']['RoundAnswer'];
export type RoundPlaceAnswer = components['schemas']['RoundPlaceAnswer'];
export type RoundPlanAnswer = components['schemas']['RoundPlanAnswer'];
export type RoundPointAnswer = components['schemas']['RoundPointAnswer'];
export type RoundSeenAnswer = components['schemas']['RoundSeenAnswer'];
export type RungAlertAnswer = components['schemas']['RungAlertAnswer'];
export type RungAnswer = components['schemas']['RungAnswer'];
export type SavedViewAnswer = components['schemas']['SavedViewAnswer'];
export type SavedViewForm = components['schemas']['SavedViewForm'];
export type Schedule = components['schemas']['Schedule'];
export type ScoreAnswer = components['schemas']['ScoreAnswer'];
export type ScoredShiftAnswer = components['schemas']['ScoredShiftAnswer'];
export type ScoreLineAnswer = components['schemas']['ScoreLineAnswer'];
export type ScoreTotalAnswer = components['schemas']['ScoreTotalAnswer'];
export type SealLine = components['schemas']['SealLine'];
export type Seat = components['schemas']['Seat'];
export type SeatedAnswer = components['schemas']['SeatedAnswer'];
export type SeatForm = components['schemas']['SeatForm'];
export type SeatHoursAnswer = components['schemas']['SeatHoursAnswer'];
export type SeatsAnswer = components['schemas']['SeatsAnswer'];
export type SentDispatchAnswer = components['schemas']['SentDispatchAnswer'];
export type SentGuardAnswer = components['schemas']['SentGuardAnswer'];
export type SetUpBegunAnswer = components['schemas']['SetUpBegunAnswer'];
export type SetUpCameraAnswer = components['schemas']['SetUpCameraAnswer'];
export type SetUpSpanAnswer = components['schemas']['SetUpSpanAnswer'];
export type SetUpStepAnswer = components['schemas']['SetUpStepAnswer'];
export type SheetAlertAnswer = components['schemas']['SheetAlertAnswer'];
export type SheetAlertsAnswer = components['schemas']['SheetAlertsAnswer'];
export type SheetCameraAnswer = components['schemas']['SheetCameraAnswer'];
export type SheetCamerasAnswer = components['schemas']['SheetCamerasAnswer'];
export type SheetFactsAnswer = components['schemas']['SheetFactsAnswer'];
export type SheetGuardAnswer = components['schemas']['SheetGuardAnswer'];
export type SheetIncidentAnswer = components['schemas']['SheetIncidentAnswer'];
export type SheetLineAnswer = components['schemas']['SheetLineAnswer'];
export type SheetListAnswerOpenPromiseAnswer = components['schemas']['SheetListAnswer_OpenPromiseAnswer_'];
export type SheetListAnswerSheetIncidentAnswer = components['schemas']['SheetListAnswer_SheetIncidentAnswer_'];
export type SheetListAnswerSheetMissingAnswer = components['schemas']['SheetListAnswer_SheetMissingAnswer_'];
export type SheetListAnswerSheetPointCallAnswer = components['schemas']['SheetListAnswer_SheetPointCallAnswer_'];
export type SheetListAnswerSheetShortAnswer = components['schemas']['SheetListAnswer_SheetShortAnswer_'];
export type SheetListAnswerSheetSosAnswer = components['schemas']['SheetListAnswer_SheetSosAnswer_'];
export type SheetListAnswerSheetTaskAnswer = components['schemas']['SheetListAnswer_SheetTaskAnswer_'];
export type SheetMissingAnswer = components['schemas']['SheetMissingAnswer'];
export type SheetPointCallAnswer = components['schemas']['SheetPointCallAnswer'];
export type SheetReportAnswer = components['schemas']['SheetReportAnswer'];
export type SheetSealAnswer = components['schemas']['SheetSealAnswer'];
export type SheetSentAnswer = components['schemas']['SheetSentAnswer'];
export type SheetShelfAnswer = components['schemas']['SheetShelfAnswer'];
export type SheetShelvesAnswer = components['schemas']['SheetShelvesAnswer'];
export type SheetShiftAnswer = components['schemas']['SheetShiftAnswer'];
export type SheetShortAnswer = components['schemas']['SheetShortAnswer'];
export type SheetSosAnswer = components['schemas']['SheetSosAnswer'];
export type SheetTaskAnswer = components['schemas']['SheetTaskAnswer'];
export type SheetUnitAnswer = components['schemas']['SheetUnitAnswer'];
export type SheetUnitsAnswer = components['schemas']['SheetUnitsAnswer'];
export type ShelfAnswer = components['schemas']['ShelfAnswer'];
export type ShelfDoneAnswer = components['schemas']['ShelfDoneAnswer'];
export type ShelfTermsAnswer = components['schemas']['ShelfTermsAnswer'];
export type Shelve = components['schemas']['Shelve'];
export type ShiftAnswer = components['schemas']['ShiftAnswer'];
export type ShiftCodeAnswer = components['schemas']['ShiftCodeAnswer'];
export type ShiftDoneAnswer = components['schemas']['ShiftDoneAnswer'];
export type ShiftFacts = components['schemas']['ShiftFacts'];
export type ShownCodeAnswer = components['schemas']['ShownCodeAnswer'];
export type SignatureForm = components['schemas']['SignatureForm'];
export type SignInAddressAnswer = components['schemas']['SignInAddressAnswer'];
export type SignInAnswer = components['schemas']['SignInAnswer'];
export type SignInOfAnswer = components['schemas']['SignInOfAnswer'];
export type SilenceAnswer = components['schemas']['SilenceAnswer'];
export type SilencesAnswer = components['schemas']['SilencesAnswer'];
export type SosAnswer = components['schemas']['SosAnswer'];
export type SosDoneAnswer = components['schemas']['SosDoneAnswer'];
export type SosGuardAnswer = components['schemas']['SosGuardAnswer'];
export type SosPlaceAnswer = components['schemas']['SosPlaceAnswer'];
export type SosUnitAnswer = components['schemas']['SosUnitAnswer'];
export type SparedAlertAnswer = components['schemas']['SparedAlertAnswer'];
export type SparedAnswer = components['schemas']['SparedAnswer'];
export type SpotCheckAnswer = components['schemas']['SpotCheckAnswer'];
export type StandInAnswer = components['schemas']['StandInAnswer'];
export type StandInForm = components['schemas']['StandInForm'];
export type StepAnswer = components['schemas']['StepAnswer'];
export type StuckIncidentAnswer = components['schemas']['StuckIncidentAnswer'];
export type StuckNoteForm = components['schemas']['StuckNoteForm'];
export type StuckNowAnswer = components['schemas']['StuckNowAnswer'];
export type StyleMapAnswer = components['schemas']['StyleMapAnswer'];
export type SubStreamAnswer = components['schemas']['SubStreamAnswer'];
export type SuggestionAnswer = components['schemas']['SuggestionAnswer'];
export type SuggestionReasonAnswer = components['schemas']['SuggestionReasonAnswer'];
export type SuggestionsAnswer = components['schemas']['SuggestionsAnswer'];
export type Swap = components['schemas']['Swap'];
export type SweepCameraAnswer = components['schemas']['SweepCameraAnswer'];
export type SweepDecidedAnswer = components['schemas']['SweepDecidedAnswer'];
export type SweepLookAnswer = components['schemas']['SweepLookAnswer'];
export type SweepStopAnswer = components['schemas']['SweepStopAnswer'];
export type SweepWordForm = components['schemas']['SweepWordForm'];
export type TakeOverForm = components['schemas']['TakeOverForm'];
export type TakerAnswer = components['schemas']['TakerAnswer'];
export type TaskAnswer = components['schemas']['TaskAnswer'];
export type TaskDoneForm = components['schemas']['TaskDoneForm'];
export type TaskPictureAnswer = components['schemas']['TaskPictureAnswer'];
export type There = components['schemas']['There'];
export type TilesMapAnswer = components['schemas']['TilesMapAnswer'];
export type TrackerAnswer = components['schemas']['TrackerAnswer'];
export type TrackPath = components['schemas']['TrackPath'];
export type TrackPoint = components['schemas']['TrackPoint'];
export type TrailAnswer = components['schemas']['TrailAnswer'];
export type TrailAreaAnswer = components['schemas']['TrailAreaAnswer'];
export type TrailFactsAnswer = components['schemas']['TrailFactsAnswer'];
export type TrailFixAnswer = components['schemas']['TrailFixAnswer'];
export type TrailMapAnswer = components['schemas']['TrailMapAnswer'];
export type TrailShiftAnswer = components['schemas']['TrailShiftAnswer'];
export type TrailStayAnswer = components['schemas']['TrailStayAnswer'];
export type TranscodingAnswer = components['schemas']['TranscodingAnswer'];
export type UncheckedAnswer = components['schemas']['UncheckedAnswer'];
export type UncheckedGuardAnswer = components['schemas']['UncheckedGuardAnswer'];
export type UnitAnswer = components['schemas']['UnitAnswer'];
export type UnitBriefAnswer = components['schemas']['UnitBriefAnswer'];
export type UnplannedDayAnswer = components['schemas']['UnplannedDayAnswer'];
export type VisitAnswer = components['schemas']['VisitAnswer'];
export type VisitFact = components['schemas']['VisitFact'];
export type WaitingCellAnswer = components['schemas']['WaitingCellAnswer'];
export type WatchAnswer = components['schemas']['WatchAnswer'];
export type WatchLineAnswer = components['schemas']['WatchLineAnswer'];
export type WatchShareAnswer = components['schemas']['WatchShareAnswer'];
export type WeekCopiedAnswer = components['schemas']['WeekCopiedAnswer'];
export type WorkerLineAnswer = components['schemas']['WorkerLineAnswer'];
export type WorstZoneAnswer = components['schemas']['WorstZoneAnswer'];
export type Zone = components['schemas']['Zone'];
export type ZoneAnswer = components['schemas']['ZoneAnswer'];
export type ZoneTrialAnswer = components['schemas']['ZoneTrialAnswer'];
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
