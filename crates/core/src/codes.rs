//! Closed lists of FORMATS: their wire names are golden (`tests/codes.rs`).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Declares a closed list of snake_case codes with `ALL`, `as_str`, `Display`, `FromStr` and serde.
macro_rules! closed_list {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $code:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
        pub enum $name { $($(#[$vmeta])* #[serde(rename = $code)] $variant,)+ }

        impl $name {
            /// Every code, in the order of the published list.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The code on the wire.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(self.as_str()) }
        }

        impl FromStr for $name {
            type Err = String;
            fn from_str(code: &str) -> Result<Self, String> {
                Self::ALL.iter().copied().find(|c| c.as_str() == code).ok_or_else(|| {
                    let known: Vec<_> = Self::ALL.iter().map(|c| c.as_str()).collect();
                    format!("unknown {} {code:?}; one of {}", stringify!($name), known.join(", "))
                })
            }
        }
    };
}

closed_list! {
    /// How a phantom was tampered with.
    TamperingKind {
        /// The whole load is other goods than declared.
        Substitution = "substitution",
        /// Declared full, nothing inside.
        Empty = "empty",
        /// Less mass than declared.
        ShortWeight = "short_weight",
        /// More mass than declared.
        OverWeight = "over_weight",
        /// An organic mass hidden in the load.
        ConcealedOrganic = "concealed_organic",
        /// A metallic object hidden in the load.
        ConcealedMetal = "concealed_metal",
        /// A dense, shielding object hidden in the load.
        ConcealedDense = "concealed_dense",
        /// Other goods hidden in the load.
        ConcealedGoods = "concealed_goods",
        /// A person hidden in the box.
        Person = "person",
        /// A false wall, floor or roof.
        FalseStructure = "false_structure",
        /// Something hidden in the vehicle.
        VehicleHide = "vehicle_hide",
        /// Something hidden in reefer machinery.
        ReeferHide = "reefer_hide",
        /// Bags laid just inside the doors.
        RipOn = "rip_on",
    }
}

closed_list! {
    /// What a finding claims. Reason codes are finding kinds.
    FindingKind {
        /// Mass that no declared line explains.
        UndeclaredGoods = "undeclared_goods",
        /// Declared mass not found in the box.
        MissingGoods = "missing_goods",
        /// Total mass differs from declaration, VGM or weighbridge.
        MassMismatch = "mass_mismatch",
        /// Declared mass cannot fit the volume.
        InfeasibleVolume = "infeasible_volume",
        /// Declared loaded, observed empty.
        Empty = "empty",
        /// Declared empty, observed loaded.
        NotEmpty = "not_empty",
        /// Material class differs from what the goods are made of.
        MaterialMismatch = "material_mismatch",
        /// An object that does not belong to its surroundings.
        ConcealedObject = "concealed_object",
        /// The box differs from its type.
        StructureChange = "structure_change",
        /// Units seen differ from units declared.
        UnitCount = "unit_count",
        /// More kinds of goods seen than declared.
        GoodsCount = "goods_count",
        /// A patch unlike the rest of its load.
        OddPatch = "odd_patch",
        /// A box unlike the rest of its lot.
        LotOutlier = "lot_outlier",
        /// Number read differs from the declared one, or its check digit is wrong.
        ContainerNumber = "container_number",
        /// The declaration contradicts itself.
        DeclarationInconsistent = "declaration_inconsistent",
        /// The box changed since another scan.
        ChangedSince = "changed_since",
        /// The scan is too poor to conclude from.
        ScanQuality = "scan_quality",
    }
}

closed_list! {
    /// Overlays that can be drawn over a scan.
    MapKind {
        /// Mass that no declared line explains.
        Undeclared = "undeclared",
        /// Where a declared line was expected.
        Missing = "missing",
        /// Probability of a concealed object.
        Concealment = "concealment",
        /// Material class.
        Material = "material",
        /// Areal density in g/cm².
        ArealDensity = "areal_density",
        /// What can be ruled out, and where.
        Assurance = "assurance",
        /// Difference to another scan of the same box.
        Change = "change",
    }
}

closed_list! {
    /// Display presets.
    Preset {
        /// Grey over the full range.
        Grey = "grey",
        /// Pseudo-colours by material class.
        Material = "material",
        /// Window on opaque places.
        HighPenetration = "high_penetration",
        /// Window on thin places.
        LowPenetration = "low_penetration",
        /// Strong local enhancement.
        SuperEnhance = "super_enhance",
        /// Organic only.
        Organic = "organic",
        /// Inorganic only.
        Inorganic = "inorganic",
        /// Edges.
        Edge = "edge",
        /// Local contrast (CLAHE).
        LocalContrast = "local_contrast",
        /// A window that sweeps through density.
        DensitySweep = "density_sweep",
    }
}
