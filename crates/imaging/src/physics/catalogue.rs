//! The catalogue of materials: densities and mass fractions.
//!
//! Sources: elements and alloys from the CRC Handbook (densities) and the standards named; polymers, salts and drugs by
//! their chemical formula; foods by water, protein, fat, carbohydrate and ash of USDA FoodData Central, with protein
//! 53 % C, 7 % H, 16 % N, 23 % O, 1 % S, fat as triolein and carbohydrate as cellulose; PNNL-15870 and NIST where named;
//! devices by published bills of materials, rounded. Fractions are rounded to 1e-6 and sum to 1. Densities are of the
//! solid or liquid itself (foams, corrugated board and herbs: in bulk); stowage has its own factor.

use pellucid_core::MaterialClass::{Air, Heavy, LightInorganic, Metal, Organic};

use super::material::Material;

macro_rules! materials {
    ($($(#[doc = $doc:literal])* $name:literal, $density:literal, $class:expr, [$(($z:literal, $w:literal)),+ $(,)?];)+) => {
        &[$(Material {
            name: $name,
            density_g_per_cm3: $density,
            mass_fractions: &[$(($z, $w)),+],
            class: $class,
            note: concat!($($doc),*),
        },)+]
    };
}

/// Every material, by group.
pub(super) const MATERIALS: &[Material] = materials! {
    // Elements and gases.
    /// dry air, NIST composition
    "air", 0.001205, Air, [(6, 0.000124), (7, 0.755268), (8, 0.231781), (18, 0.012827)];
    /// element
    "aluminium", 2.7, LightInorganic, [(13, 1.0)];
    /// element
    "antimony", 6.68, Heavy, [(51, 1.0)];
    /// element
    "copper", 8.96, Metal, [(29, 1.0)];
    /// element
    "gold", 19.3, Heavy, [(79, 1.0)];
    /// element
    "iron", 7.874, Metal, [(26, 1.0)];
    /// element
    "lead", 11.35, Heavy, [(82, 1.0)];
    /// element
    "magnesium", 1.74, LightInorganic, [(12, 1.0)];
    /// element
    "nickel", 8.9, Metal, [(28, 1.0)];
    /// graphite
    "carbon", 2.0, Organic, [(6, 1.0)];
    /// element
    "silicon", 2.33, LightInorganic, [(14, 1.0)];
    /// element
    "silver", 10.5, Heavy, [(47, 1.0)];
    /// element
    "sulfur", 2.07, LightInorganic, [(16, 1.0)];
    /// element
    "tin", 7.29, Heavy, [(50, 1.0)];
    /// element
    "titanium", 4.51, Metal, [(22, 1.0)];
    /// element
    "tungsten", 19.3, Heavy, [(74, 1.0)];
    /// element
    "uranium", 18.95, Heavy, [(92, 1.0)];
    /// element
    "zinc", 7.13, Metal, [(30, 1.0)];
    // Alloys.
    /// plain carbon steel: Fe, 1 % Mn, 0.4 % Si, 0.2 % C
    "steel", 7.85, Metal, [(6, 0.002000), (14, 0.004000), (25, 0.010000), (26, 0.984000)];
    /// grey iron: 3.4 % C, 2.6 % Si
    "cast_iron", 7.2, Metal, [(6, 0.034000), (14, 0.026000), (25, 0.008000), (26, 0.932000)];
    /// AISI 304
    "stainless_steel", 8.0, Metal, [(6, 0.000500), (14, 0.007500), (24, 0.185000), (25, 0.018000), (26, 0.704000), (28, 0.085000)];
    /// typical casting alloy
    "aluminium_alloy", 2.73, LightInorganic, [(12, 0.010000), (13, 0.920000), (14, 0.050000), (26, 0.005000), (29, 0.015000)];
    /// CuZn37
    "brass", 8.5, Metal, [(29, 0.630000), (30, 0.370000)];
    /// CuSn10
    "bronze", 8.8, Metal, [(29, 0.900000), (50, 0.100000)];
    /// SAC305
    "solder", 7.4, Heavy, [(29, 0.005000), (47, 0.030000), (50, 0.965000)];
    // Plastics, rubber, textiles, wood, paper.
    /// CH2
    "polyethylene", 0.94, Organic, [(1, 0.143723), (6, 0.856277)];
    /// CH2
    "polypropylene", 0.9, Organic, [(1, 0.143723), (6, 0.856277)];
    /// C8H8, solid
    "polystyrene", 1.05, Organic, [(1, 0.077425), (6, 0.922575)];
    /// C8H8, foam
    "expanded_polystyrene", 0.022, Organic, [(1, 0.077425), (6, 0.922575)];
    /// foam, PNNL-15870
    "polyurethane", 0.035, Organic, [(1, 0.041000), (6, 0.544000), (7, 0.121000), (8, 0.294000)];
    /// C2H3Cl
    "pvc", 1.38, LightInorganic, [(1, 0.048387), (6, 0.384377), (17, 0.567236)];
    /// C10H8O4, bottles and polyester fibre
    "pet", 1.38, Organic, [(1, 0.041963), (6, 0.625019), (8, 0.333018)];
    /// C6H11NO
    "nylon", 1.14, Organic, [(1, 0.097985), (6, 0.636851), (7, 0.123780), (8, 0.141384)];
    /// C15H17N
    "abs", 1.05, Organic, [(1, 0.081095), (6, 0.852618), (7, 0.066287)];
    /// C16H14O3
    "polycarbonate", 1.2, Organic, [(1, 0.055497), (6, 0.755750), (8, 0.188753)];
    /// PMMA, C5H8O2
    "acrylic", 1.18, Organic, [(1, 0.080546), (6, 0.599848), (8, 0.319606)];
    /// C21H24O4
    "epoxy", 1.2, Organic, [(1, 0.071065), (6, 0.740943), (8, 0.187992)];
    /// C5H8
    "natural_rubber", 0.92, Organic, [(1, 0.118381), (6, 0.881619)];
    /// tyre compound: 55 % rubber, 30 % carbon black, silica, oil, S, ZnO
    "rubber", 1.15, Organic, [(1, 0.075170), (6, 0.844830), (8, 0.029970), (14, 0.023372), (16, 0.013000), (30, 0.013658)];
    /// C6H10O5
    "cellulose", 1.5, Organic, [(1, 0.062168), (6, 0.444465), (8, 0.493367)];
    /// cellulose with 7.5 % moisture, fibre density
    "cotton", 1.5, Organic, [(1, 0.065899), (6, 0.411130), (8, 0.522971)];
    /// keratin with 14 % moisture
    "wool", 1.31, Organic, [(1, 0.075007), (6, 0.434300), (7, 0.141900), (8, 0.317833), (16, 0.030960)];
    /// keratin with 10 % moisture
    "feather", 1.2, Organic, [(1, 0.073291), (6, 0.454500), (7, 0.148500), (8, 0.291309), (16, 0.032400)];
    /// collagen, 14 % moisture, 1 % Cr
    "leather", 0.95, Organic, [(1, 0.075542), (6, 0.453903), (7, 0.136667), (8, 0.319747), (16, 0.004141), (24, 0.010000)];
    /// southern pine, PNNL-15870
    "wood", 0.55, Organic, [(1, 0.059642), (6, 0.497019), (7, 0.004970), (8, 0.427435), (12, 0.001988), (16, 0.004970), (19, 0.001988), (20, 0.001988)];
    /// wood with 10 % phenolic resin
    "plywood", 0.6, Organic, [(1, 0.060104), (6, 0.523891), (7, 0.004473), (8, 0.401692), (12, 0.001789), (16, 0.004473), (19, 0.001789), (20, 0.001789)];
    /// 80 % cellulose, 14 % chalk, 6 % water
    "paper", 0.8, Organic, [(1, 0.056449), (6, 0.372373), (8, 0.515117), (20, 0.056061)];
    /// 60 % cellulose, chalk and kaolin
    "coated_paper", 1.2, Organic, [(1, 0.044302), (6, 0.297881), (8, 0.515309), (13, 0.018813), (14, 0.019582), (20, 0.104113)];
    /// corrugated board, bulk density
    "cardboard", 0.15, Organic, [(1, 0.066147), (6, 0.408908), (8, 0.524945)];
    /// fluff pulp, polyolefin, superabsorber
    "diaper", 0.2, Organic, [(1, 0.081578), (6, 0.565034), (8, 0.292274), (11, 0.061114)];
    // Food, drink, farm goods.
    /// H2O
    "water", 1.0, Organic, [(1, 0.111907), (8, 0.888093)];
    /// H2O
    "ice", 0.917, Organic, [(1, 0.111907), (8, 0.888093)];
    /// green bean: carbohydrate, oil, protein, 12 % water; bean density
    "coffee", 1.25, Organic, [(1, 0.073277), (6, 0.421905), (7, 0.019200), (8, 0.434418), (11, 0.002000), (12, 0.004000), (15, 0.012500), (16, 0.001200), (17, 0.001500), (19, 0.020000), (20, 0.010000)];
    /// groundnut kernel, USDA proximates
    "peanut", 1.0, Organic, [(1, 0.091747), (6, 0.577918), (7, 0.041600), (8, 0.261135), (11, 0.001000), (12, 0.002000), (15, 0.006250), (16, 0.002600), (17, 0.000750), (19, 0.010000), (20, 0.005000)];
    /// tree nuts, USDA proximates
    "nut", 1.0, Organic, [(1, 0.093561), (6, 0.604133), (7, 0.028800), (8, 0.251706), (11, 0.000800), (12, 0.001600), (15, 0.005000), (16, 0.001800), (17, 0.000600), (19, 0.008000), (20, 0.004000)];
    /// wheat, rice or maize kernel: starch, 11.5 % water
    "grain", 1.35, Organic, [(1, 0.068942), (6, 0.402668), (7, 0.017600), (8, 0.494690), (11, 0.000600), (12, 0.001200), (15, 0.003750), (16, 0.001100), (17, 0.000450), (19, 0.006000), (20, 0.003000)];
    /// USDA proximates
    "soybean", 1.2, Organic, [(1, 0.077039), (6, 0.475491), (7, 0.057600), (8, 0.336270), (11, 0.002000), (12, 0.004000), (15, 0.012500), (16, 0.003600), (17, 0.001500), (19, 0.020000), (20, 0.010000)];
    /// extracted meal
    "soybean_meal", 1.2, Organic, [(1, 0.068604), (6, 0.410961), (7, 0.073600), (8, 0.382235), (11, 0.002400), (12, 0.004800), (15, 0.015000), (16, 0.004600), (17, 0.001800), (19, 0.024000), (20, 0.012000)];
    /// dry kibble
    "pet_food", 0.8, Organic, [(1, 0.070500), (6, 0.438627), (7, 0.040000), (8, 0.378373), (11, 0.002800), (12, 0.005600), (15, 0.017500), (16, 0.002500), (17, 0.002100), (19, 0.028000), (20, 0.014000)];
    /// sucrose, crystal density
    "sugar", 1.59, Organic, [(1, 0.064786), (6, 0.421073), (8, 0.514141)];
    /// dried leaf
    "tea", 0.6, Organic, [(1, 0.064892), (6, 0.420966), (7, 0.035200), (8, 0.426742), (11, 0.002000), (12, 0.004000), (15, 0.012500), (16, 0.002200), (17, 0.001500), (19, 0.020000), (20, 0.010000)];
    /// cured leaf, 12 % water, 15 % minerals
    "tobacco", 0.65, Organic, [(1, 0.061281), (6, 0.342875), (7, 0.016000), (8, 0.428844), (12, 0.012000), (15, 0.007500), (16, 0.008500), (17, 0.018000), (19, 0.052500), (20, 0.052500)];
    /// whole milk powder
    "milk_powder", 1.25, Organic, [(1, 0.078142), (6, 0.506570), (7, 0.041600), (8, 0.311088), (11, 0.002400), (12, 0.004800), (15, 0.015000), (16, 0.002600), (17, 0.001800), (19, 0.024000), (20, 0.012000)];
    /// lean meat
    "meat", 1.05, Organic, [(1, 0.103474), (6, 0.178019), (7, 0.030400), (8, 0.676207), (11, 0.000400), (12, 0.000800), (15, 0.002500), (16, 0.001900), (17, 0.000300), (19, 0.004000), (20, 0.002000)];
    /// cuts and feet with bone
    "poultry", 1.04, Organic, [(1, 0.101936), (6, 0.183319), (7, 0.032000), (8, 0.660745), (11, 0.000800), (12, 0.001600), (15, 0.005000), (16, 0.002000), (17, 0.000600), (19, 0.008000), (20, 0.004000)];
    /// whole fish
    "fish", 1.05, Organic, [(1, 0.102977), (6, 0.130194), (7, 0.028800), (8, 0.721229), (11, 0.000600), (12, 0.001200), (15, 0.003750), (16, 0.001800), (17, 0.000450), (19, 0.006000), (20, 0.003000)];
    /// with shell and glaze
    "shrimp", 1.02, Organic, [(1, 0.101909), (6, 0.092532), (7, 0.025600), (8, 0.748359), (11, 0.001200), (12, 0.002400), (15, 0.007500), (16, 0.001600), (17, 0.000900), (19, 0.012000), (20, 0.006000)];
    /// triolein, C57H104O6
    "fat", 0.92, Organic, [(1, 0.118394), (6, 0.773194), (8, 0.108412)];
    /// triolein, C57H104O6
    "vegetable_oil", 0.92, Organic, [(1, 0.118394), (6, 0.773194), (8, 0.108412)];
    /// fresh fruit
    "fruit", 0.95, Organic, [(1, 0.104138), (6, 0.059418), (8, 0.826444), (11, 0.000400), (12, 0.000800), (15, 0.002500), (17, 0.000300), (19, 0.004000), (20, 0.002000)];
    /// fresh vegetables
    "vegetable", 0.95, Organic, [(1, 0.106520), (6, 0.039688), (7, 0.001600), (8, 0.842092), (11, 0.000400), (12, 0.000800), (15, 0.002500), (16, 0.000100), (17, 0.000300), (19, 0.004000), (20, 0.002000)];
    /// fruit or vegetables in syrup or brine
    "preserves", 1.05, Organic, [(1, 0.101756), (6, 0.080706), (8, 0.807538), (11, 0.003900), (17, 0.006100)];
    /// 11 % sugar
    "soft_drink", 1.04, Organic, [(1, 0.106723), (6, 0.046318), (8, 0.846959)];
    /// 13 % vol. ethanol in water
    "wine", 0.99, Organic, [(1, 0.112979), (6, 0.062651), (8, 0.824370)];
    /// 47 % vol. ethanol in water
    "spirits", 0.94, Organic, [(1, 0.119657), (6, 0.208574), (8, 0.671769)];
    /// C2H6O
    "ethanol", 0.789, Organic, [(1, 0.131281), (6, 0.521436), (8, 0.347283)];
    /// ICRU four-component soft tissue
    "soft_tissue", 1.0, Organic, [(1, 0.101000), (6, 0.111000), (7, 0.026000), (8, 0.762000)];
    // Minerals, building goods, chemicals.
    /// NaCl
    "sodium_chloride", 2.165, LightInorganic, [(11, 0.393395), (17, 0.606605)];
    /// KCl
    "potassium_chloride", 1.98, LightInorganic, [(17, 0.475533), (19, 0.524467)];
    /// CaCO3
    "marble", 2.7, LightInorganic, [(6, 0.120007), (8, 0.479557), (20, 0.400436)];
    /// CaCO3
    "calcium_carbonate", 2.71, LightInorganic, [(6, 0.120007), (8, 0.479557), (20, 0.400436)];
    /// average granite oxides
    "granite", 2.65, LightInorganic, [(8, 0.486170), (11, 0.027449), (12, 0.006030), (13, 0.076743), (14, 0.336554), (19, 0.033206), (20, 0.012865), (26, 0.020983)];
    /// SiO2
    "sand", 2.65, LightInorganic, [(8, 0.532563), (14, 0.467437)];
    /// CaSO4 with two H2O
    "gypsum", 2.32, LightInorganic, [(1, 0.023420), (8, 0.557572), (16, 0.186218), (20, 0.232790)];
    /// kaolinite
    "clay", 2.6, LightInorganic, [(1, 0.015618), (8, 0.557765), (13, 0.209036), (14, 0.217581)];
    /// Portland cement oxides
    "cement", 3.1, LightInorganic, [(1, 0.001679), (8, 0.367660), (12, 0.012061), (13, 0.026463), (14, 0.098162), (16, 0.012014), (20, 0.460978), (26, 0.020983)];
    /// NIST ordinary concrete
    "concrete", 2.3, LightInorganic, [(1, 0.022100), (6, 0.002484), (8, 0.574931), (11, 0.015208), (12, 0.001266), (13, 0.019953), (14, 0.304627), (19, 0.010045), (20, 0.042951), (26, 0.006435)];
    /// stoneware and porcelain
    "ceramic", 2.4, LightInorganic, [(8, 0.491600), (11, 0.018547), (13, 0.121730), (14, 0.317857), (19, 0.029055), (20, 0.010720), (26, 0.010491)];
    /// fired clay
    "brick", 1.9, LightInorganic, [(8, 0.471989), (13, 0.105852), (14, 0.289811), (19, 0.033206), (20, 0.057176), (26, 0.041966)];
    /// soda-lime plate glass, NIST
    "glass", 2.5, LightInorganic, [(8, 0.459801), (11, 0.096441), (14, 0.336553), (20, 0.107205)];
    /// E-glass
    "glass_fibre", 2.55, LightInorganic, [(5, 0.021739), (8, 0.476424), (12, 0.018091), (13, 0.074097), (14, 0.252416), (20, 0.157233)];
    /// TiO2
    "titanium_dioxide", 4.23, Metal, [(8, 0.400651), (22, 0.599349)];
    /// haematite concentrate
    "iron_ore", 4.9, Metal, [(1, 0.003357), (8, 0.334435), (14, 0.032721), (26, 0.629487)];
    /// chalcopyrite concentrate
    "copper_concentrate", 4.1, Metal, [(8, 0.053256), (14, 0.046744), (16, 0.332975), (26, 0.290002), (29, 0.277023)];
    /// zinc and lead bearing residue
    "zinc_residue", 3.5, Metal, [(1, 0.008953), (8, 0.314363), (14, 0.070116), (26, 0.139886), (30, 0.401700), (82, 0.064982)];
    /// basic oxygen furnace slag
    "steel_slag", 3.4, LightInorganic, [(8, 0.341809), (12, 0.042213), (13, 0.026463), (14, 0.070116), (20, 0.307319), (25, 0.023234), (26, 0.188846)];
    /// mixed light rare earths
    "rare_earth_oxide", 6.8, Heavy, [(8, 0.163514), (57, 0.255806), (58, 0.366341), (60, 0.214339)];
    /// Na2CO3
    "sodium_carbonate", 2.53, LightInorganic, [(6, 0.113324), (8, 0.452853), (11, 0.433823)];
    /// Na2SO4
    "sodium_sulfate", 2.66, LightInorganic, [(8, 0.450562), (11, 0.323721), (16, 0.225717)];
    /// diammonium phosphate
    "phosphoric_fertiliser", 1.75, Organic, [(1, 0.068698), (7, 0.212137), (8, 0.484613), (15, 0.234552)];
    /// CH4N2O
    "urea", 1.32, Organic, [(1, 0.067137), (6, 0.199997), (7, 0.466465), (8, 0.266401)];
    /// NH4NO3
    "ammonium_nitrate", 1.72, Organic, [(1, 0.050373), (7, 0.349987), (8, 0.599640)];
    /// washing powder
    "detergent", 0.9, LightInorganic, [(1, 0.030623), (6, 0.155812), (8, 0.450616), (11, 0.215595), (13, 0.035536), (14, 0.036989), (16, 0.074829)];
    /// cream: water, oil, glycerol
    "cosmetic", 1.0, Organic, [(1, 0.110283), (6, 0.201590), (8, 0.688127)];
    /// tablets: lactose, cellulose
    "medicine", 1.3, Organic, [(1, 0.061867), (6, 0.394353), (8, 0.519754), (20, 0.024026)];
    /// water-based wall paint
    "paint", 1.35, Organic, [(1, 0.059304), (6, 0.171563), (8, 0.565198), (20, 0.072078), (22, 0.131857)];
    /// emulsifiable organophosphate
    "pesticide", 1.1, Organic, [(1, 0.079658), (6, 0.455906), (7, 0.011986), (8, 0.307501), (15, 0.026506), (16, 0.027435), (17, 0.091008)];
    /// CH1.86
    "diesel", 0.84, Organic, [(1, 0.135021), (6, 0.864979)];
    /// CH1.9
    "lubricant", 0.88, Organic, [(1, 0.137525), (6, 0.862475)];
    /// C, 10 % H, 5 % S
    "bitumen", 1.03, Organic, [(1, 0.100000), (6, 0.840000), (7, 0.005000), (8, 0.005000), (16, 0.050000)];
    /// black powder, clay and paper
    "fireworks", 1.0, LightInorganic, [(1, 0.010584), (6, 0.203336), (7, 0.062325), (8, 0.384417), (13, 0.041807), (14, 0.043516), (16, 0.080000), (19, 0.174015)];
    // Devices, as mass mixtures.
    /// NMC/graphite cell with steel can
    "li_ion_cell", 2.5, Metal, [(1, 0.010328), (3, 0.026690), (6, 0.275448), (8, 0.173347), (9, 0.015008), (13, 0.050000), (14, 0.000560), (15, 0.004078), (25, 0.042209), (26, 0.137760), (27, 0.043777), (28, 0.130795), (29, 0.090000)];
    /// LFP/graphite prismatic cell with aluminium can
    "lfp_cell", 2.1, Metal, [(1, 0.013075), (3, 0.016751), (6, 0.289720), (8, 0.233246), (9, 0.015008), (13, 0.120000), (15, 0.074761), (26, 0.127439), (29, 0.110000)];
    /// starter battery
    "lead_acid_battery", 2.2, Heavy, [(1, 0.027485), (6, 0.068502), (8, 0.174507), (16, 0.022883), (82, 0.706623)];
    /// alkaline cell
    "dry_cell", 2.6, Metal, [(1, 0.020102), (6, 0.050400), (8, 0.296908), (14, 0.000800), (19, 0.041812), (25, 0.223178), (26, 0.196800), (30, 0.170000)];
    /// FR-4 with copper, solder and bromine
    "circuit_board", 1.9, Metal, [(1, 0.027005), (6, 0.281559), (8, 0.264553), (11, 0.040505), (14, 0.141352), (20, 0.045026), (29, 0.160000), (35, 0.020000), (50, 0.020000)];
    /// boards, plastics, steel, aluminium, copper
    "electronics", 1.2, Metal, [(1, 0.031080), (6, 0.326615), (7, 0.019886), (8, 0.066138), (11, 0.010126), (13, 0.130000), (14, 0.036218), (20, 0.011257), (25, 0.002200), (26, 0.216480), (29, 0.140000), (35, 0.005000), (50, 0.005000)];
    /// 60 % copper, 40 % PVC
    "cable", 3.0, Metal, [(1, 0.019355), (6, 0.153751), (17, 0.226895), (29, 0.599999)];
    /// steel, copper winding, aluminium housing
    "electric_motor", 5.5, Metal, [(6, 0.001520), (13, 0.100000), (14, 0.003040), (25, 0.007600), (26, 0.747840), (29, 0.140000)];
    /// hermetic: steel, copper, oil
    "compressor", 5.0, Metal, [(1, 0.005749), (6, 0.036011), (14, 0.003520), (25, 0.008800), (26, 0.865920), (29, 0.080000)];
    /// glass, frame, encapsulant, silicon
    "solar_panel", 2.2, LightInorganic, [(1, 0.010727), (6, 0.099796), (8, 0.361337), (11, 0.067509), (13, 0.100000), (14, 0.270587), (20, 0.075044), (29, 0.015000)];
    // Contraband and simulants.
    /// C3H6N6O6
    "rdx", 1.82, Organic, [(1, 0.027229), (6, 0.162225), (7, 0.378368), (8, 0.432178)];
    /// C7H5N3O6
    "tnt", 1.65, Organic, [(1, 0.022190), (6, 0.370168), (7, 0.185007), (8, 0.422635)];
    /// 94 % ammonium nitrate, 6 % fuel oil
    "anfo", 0.85, Organic, [(1, 0.055452), (6, 0.051899), (7, 0.328988), (8, 0.563661)];
    /// cocaine hydrochloride, pressed
    "cocaine", 1.2, Organic, [(1, 0.065259), (6, 0.600876), (7, 0.041219), (8, 0.188325), (17, 0.104321)];
    /// diamorphine, pressed
    "heroin", 1.2, Organic, [(1, 0.062758), (6, 0.682781), (7, 0.037917), (8, 0.216544)];
    /// hydrochloride, crystals
    "methamphetamine", 1.1, Organic, [(1, 0.086852), (6, 0.646814), (7, 0.075430), (17, 0.190904)];
    /// pressed herb
    "marijuana", 0.45, Organic, [(1, 0.069217), (6, 0.430006), (7, 0.019200), (8, 0.460377), (11, 0.000800), (12, 0.001600), (15, 0.005000), (16, 0.001200), (17, 0.000600), (19, 0.008000), (20, 0.004000)];
    /// cartridges: brass, lead core, propellant
    "ammunition", 4.5, Heavy, [(1, 0.001554), (6, 0.011307), (7, 0.012953), (8, 0.044386), (14, 0.000400), (25, 0.001000), (26, 0.098400), (29, 0.315000), (30, 0.135000), (82, 0.380000)];
};
